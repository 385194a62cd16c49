import { messageOf, useLoaded } from '../loaded.ts';
import type { Session } from '../session.ts';
import { type FormEvent, useState } from 'react';

export function AccountPage({ session }: { session: Session }) {
  const { value, error } = useLoaded(session.api.account);
  const [said, setSaid] = useState<string>();

  async function rename(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name') ?? '');
    setSaid(await session.api.rename(name).then(() => 'Saved.', messageOf));
  }

  async function signOut() {
    // Whatever the server says, this browser forgets the token.
    await session.api.logout().catch(() => undefined);
    session.keep(null);
  }

  const subscription = value?.subscription;
  return (
    <>
      <h1>Account</h1>
      {error && <p role="alert">{error}</p>}
      {value && (
        <form onSubmit={rename}>
          <p>{value.user.email}</p>
          <label>
            Name
            <input name="name" defaultValue={value.user.name} required />
          </label>
          <button type="submit">Save</button>
          {said && <p role="status">{said}</p>}
          <p>{subscription ? `${subscription.plan}, ${subscription.status.toLowerCase()}` : 'Free plan'}</p>
        </form>
      )}
      <button type="button" onClick={signOut}>
        Sign out
      </button>
    </>
  );
}
