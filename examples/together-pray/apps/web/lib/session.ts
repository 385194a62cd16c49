import { cookies, headers } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { apiUrl } from './api-url.ts';
import { ApiError, callApi, type Session } from './api.ts';

const ACCESS = 'pray_access';
const REFRESH = 'pray_refresh';
const MONTH_S = 30 * 24 * 3600;

/** The visitor's access token, if they are signed in. */
export const accessToken = async () => (await cookies()).get(ACCESS)?.value;

export const refreshToken = async () => (await cookies()).get(REFRESH)?.value;

/** Reads from the API on behalf of whoever asks for the page; whoever must be signed in and is not goes to the login. */
export async function read<Result>(path: string, here: string): Promise<Result> {
  const token = await accessToken();
  try {
    return await callApi<Result>(apiUrl(), 'GET', path, { token });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) redirect(`/session/refresh?next=${encodeURIComponent(here)}`);
    if (error.status === 404 || error.status === 400) notFound();
    throw error;
  }
}

export async function openSession({ accessToken, refreshToken }: Session): Promise<void> {
  const store = await cookies();
  const secure = (await headers()).get('x-forwarded-proto') === 'https';
  const options = { httpOnly: true, sameSite: 'lax', path: '/', maxAge: MONTH_S, secure } as const;
  store.set(ACCESS, accessToken, options);
  store.set(REFRESH, refreshToken, options);
}

export async function endSession(): Promise<void> {
  const store = await cookies();
  store.delete(ACCESS);
  store.delete(REFRESH);
}
