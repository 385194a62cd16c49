import { type FormEvent, useState } from 'react';
import { messageOf } from '../loaded.ts';
import type { Session } from '../session.ts';

export function LoginPage({ session }: { session: Session }) {
  const [isNew, setNew] = useState(false);
  const [error, setError] = useState<string>();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const text = (name: string) => String(fields.get(name) ?? '');
    try {
      const answer = isNew
        ? await session.api.register(text('email'), text('name'), text('password'))
        : await session.api.login(text('email'), text('password'));
      session.keep(answer.token);
    } catch (reason) {
      setError(messageOf(reason));
    }
  }

  return (
    <>
      <h1>{isNew ? 'Make an account' : 'Sign in'}</h1>
      <form onSubmit={submit}>
        {isNew && (
          <label>
            Name
            <input name="name" required autoComplete="name" />
          </label>
        )}
        <label>
          E-mail
          <input name="email" type="email" required autoComplete="email" />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            required
            minLength={isNew ? 10 : undefined}
            autoComplete={isNew ? 'new-password' : 'current-password'}
          />
        </label>
        {error && <p role="alert">{error}</p>}
        <button type="submit">{isNew ? 'Make it' : 'Sign in'}</button>
        <button type="button" onClick={() => setNew(!isNew)}>
          {isNew ? 'I have an account' : 'I am new here'}
        </button>
      </form>
    </>
  );
}
