import { cookies } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { createApiClient } from './api-client.js';
import { apiUrl } from './api-url.js';

/** Reads from the API on behalf of whoever asks for the page; sends people without a session to the login. */
export async function read(path, here) {
  const token = (await cookies()).get('vaultcpa_access')?.value;
  const call = createApiClient(apiUrl(), {
    cache: 'no-store',
    headers: token ? { Authorization: `Bearer ${token}` } : {},
  });
  try {
    return await call('GET', path);
  } catch (error) {
    if (error.status === 401) redirect(`/login?next=${encodeURIComponent(here)}`);
    if (error.status === 404 || error.status === 400) notFound();
    throw error;
  }
}
