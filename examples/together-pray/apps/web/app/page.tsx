import type { Prayer } from '../lib/api.ts';
import { accessToken, read } from '../lib/session.ts';
import { ApiForm } from './api-form.tsx';
import { PrayerList } from './prayer-list.tsx';

export const dynamic = 'force-dynamic';

export default async function Wall() {
  const { prayers } = await read<{ prayers: Prayer[] }>('/prayers', '/');
  const token = await accessToken();
  return (
    <>
      <h1>What we pray for</h1>
      {token && <ApiForm token={token} path="/prayers" action="Ask for a prayer" fields={['title', 'body']} />}
      <PrayerList prayers={prayers} token={token} />
    </>
  );
}
