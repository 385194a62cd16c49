import { useState } from 'react';
import type { Api } from './api';
import { text, useSubmit } from './use-submit';

export function SignIn({ api, onEnter }: { api: Api; onEnter: () => void }) {
  const [isNew, setIsNew] = useState(false);
  const { busy, problem, onSubmit } = useSubmit(async (fields) => {
    const credentials = { email: text(fields, 'email'), password: text(fields, 'password') };
    await api.enter(isNew ? { ...credentials, name: text(fields, 'name') } : credentials);
    onEnter();
  });

  return (
    <main className="mx-auto mt-24 max-w-sm space-y-4 p-4">
      <h1 className="text-3xl font-bold">Brainstorm</h1>
      <form onSubmit={onSubmit} className="space-y-3">
        {isNew && <input className="field" name="name" placeholder="Name" aria-label="Name" required maxLength={100} />}
        <input className="field" name="email" type="email" placeholder="Email" aria-label="Email" required />
        <input
          className="field"
          name="password"
          type="password"
          placeholder="Password"
          aria-label="Password"
          minLength={isNew ? 10 : 1}
          required
        />
        {problem && <p role="alert" className="text-red-700">{problem}</p>}
        <button className="button w-full" disabled={busy}>{isNew ? 'Sign up' : 'Sign in'}</button>
      </form>
      <button className="link" onClick={() => setIsNew(!isNew)}>
        {isNew ? 'I have an account' : 'I have no account yet'}
      </button>
    </main>
  );
}
