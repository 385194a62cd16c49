import type { Metadata } from 'next';
import Link from 'next/link';
import type { Group } from '../../lib/api.ts';
import { accessToken, read } from '../../lib/session.ts';
import { ApiForm } from '../api-form.tsx';

export const metadata: Metadata = { title: 'Groups' };

export default async function GroupsPage() {
  const { groups } = await read<{ groups: Group[] }>('/groups', '/groups');
  const token = (await accessToken()) ?? '';
  return (
    <>
      <h1>Your groups</h1>
      <ul>
        {groups.map((group) => (
          <li key={group.id}>
            <Link href={`/groups/${group.id}`}>{group.name}</Link>
          </li>
        ))}
      </ul>
      <h2>Join one</h2>
      <ApiForm token={token} path="/groups/join" action="Join" fields={['code']} />
      <h2>Begin one</h2>
      <ApiForm token={token} path="/groups" action="Begin" fields={['name', 'description']} />
    </>
  );
}
