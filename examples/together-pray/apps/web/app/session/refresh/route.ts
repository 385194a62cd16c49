import { ApiError, callApi, type Session } from '../../../lib/api.ts';
import { apiUrl } from '../../../lib/api-url.ts';
import { ownPath } from '../../../lib/paths.ts';
import { endSession, openSession, refreshToken } from '../../../lib/session.ts';

const to = (location: string) => new Response(null, { status: 303, headers: { Location: location } });

/** Where a page sends those whose access token ran out: back with a new one, or to the login. */
export async function GET(request: Request): Promise<Response> {
  const next = ownPath(new URL(request.url).searchParams.get('next'));
  const token = await refreshToken();
  const login = `/login?next=${encodeURIComponent(next)}`;
  if (!token) {
    await endSession();
    return to(login);
  }
  try {
    await openSession(await callApi<Session>(apiUrl(), 'POST', '/auth/refresh', { body: { refreshToken: token } }));
    return to(next);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    await endSession();
    return to(login);
  }
}
