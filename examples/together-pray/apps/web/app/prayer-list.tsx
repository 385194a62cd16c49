import type { Prayer } from '../lib/api.ts';
import { PrayButton } from './pray-button.tsx';

export function PrayerList({ prayers, token }: { prayers: Prayer[]; token?: string }) {
  if (prayers.length === 0) return <p className="muted">Nobody has asked for a prayer yet.</p>;
  return prayers.map((prayer) => (
    <article key={prayer.id}>
      <h3>{prayer.title}</h3>
      {prayer.body && <p>{prayer.body}</p>}
      <p className="muted">
        {prayer.author}, {prayer.createdAt.slice(0, 10)}
        {prayer.answeredAt && ', answered'}
      </p>
      <PrayButton id={prayer.id} prayed={prayer.prayed} token={token} />
    </article>
  ));
}
