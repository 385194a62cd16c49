import { isOwnForm } from '../../../lib/paths.ts';
import { endSession } from '../../../lib/session.ts';

export async function POST(request: Request): Promise<Response> {
  if (!isOwnForm(request)) return new Response('This form belongs to another site', { status: 403 });
  await endSession();
  return new Response(null, { status: 303, headers: { Location: '/' } });
}
