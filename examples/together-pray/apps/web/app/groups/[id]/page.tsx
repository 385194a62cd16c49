import type { Group, Prayer } from '../../../lib/api.ts';
import { accessToken, read } from '../../../lib/session.ts';
import { ApiForm } from '../../api-form.tsx';
import { PrayerList } from '../../prayer-list.tsx';

export default async function GroupPage({ params }: { params: Promise<{ id: string }> }) {
  const id = encodeURIComponent((await params).id);
  const here = `/groups/${id}`;
  const { group } = await read<{ group: Group & { members: number } }>(here, here);
  const { prayers } = await read<{ prayers: Prayer[] }>(`/prayers?group=${id}`, here);
  const token = (await accessToken()) ?? '';
  return (
    <>
      <h1>{group.name}</h1>
      <p>{group.description}</p>
      <p className="muted">
        {group.members} members; others join with the code <code>{group.inviteCode}</code>
      </p>
      <ApiForm token={token} path="/prayers" action="Ask for a prayer" fields={['title', 'body']} also={{ groupId: group.id }} />
      <PrayerList prayers={prayers} token={token} />
    </>
  );
}
