import { ApiError, callApi, type Session } from '../../lib/api.ts';
import { apiUrl } from '../../lib/api-url.ts';
import { isOwnForm, ownPath } from '../../lib/paths.ts';
import { openSession } from '../../lib/session.ts';

const to = (location: string) => new Response(null, { status: 303, headers: { Location: location } });

/** The login form and the one for new people. A form rather than a server action: it outlives the release it came from. */
export async function POST(request: Request): Promise<Response> {
  if (!isOwnForm(request)) return new Response('This form belongs to another site', { status: 403 });
  const fields = await request.formData();
  const text = (name: string) => String(fields.get(name) ?? '');
  const next = ownPath(text('next'));
  const account = { email: text('email'), password: text('password') };
  try {
    const session = fields.has('name')
      ? await callApi<Session>(apiUrl(), 'POST', '/auth/register', { body: { ...account, name: text('name') } })
      : await callApi<Session>(apiUrl(), 'POST', '/auth/login', { body: account });
    await openSession(session);
    return to(next);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return to(`/login?next=${encodeURIComponent(next)}&problem=${encodeURIComponent(error.message)}`);
  }
}
