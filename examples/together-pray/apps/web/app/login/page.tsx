import type { Metadata } from 'next';
import { ownPath } from '../../lib/paths.ts';

export const metadata: Metadata = { title: 'Sign in' };

interface Props {
  searchParams: Promise<{ next?: string; problem?: string }>;
}

export default async function LoginPage({ searchParams }: Props) {
  const { next, problem } = await searchParams;
  const account = (password: string) => (
    <>
      <input type="hidden" name="next" value={ownPath(next)} />
      <label>
        E-mail
        <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete={password} required />
      </label>
    </>
  );
  return (
    <>
      <h1>Sign in</h1>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <form method="post" action="/session">
        {account('current-password')}
        <button>Sign in</button>
      </form>
      <h2>New here?</h2>
      <form method="post" action="/session">
        <label>
          Name
          <input name="name" autoComplete="name" required />
        </label>
        {account('new-password')}
        <button>Join</button>
      </form>
    </>
  );
}
