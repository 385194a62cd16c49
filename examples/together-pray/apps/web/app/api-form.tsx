'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callApi } from '../lib/api.ts';
import { PUBLIC_API_URL } from '../lib/public-api.ts';

interface Props {
  token: string;
  path: string;
  action: string;
  fields: string[];
  /** Sent along with the fields. */
  also?: Record<string, string>;
}

/** A form that the browser sends to the API; afterwards the page is read again. */
export function ApiForm({ token, path, action, fields, also = {} }: Props) {
  const router = useRouter();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
    setBusy(true);
    setProblem(undefined);
    try {
      await callApi(PUBLIC_API_URL, 'POST', path, { token, body: { ...values, ...also } });
      form.reset();
      router.refresh();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form onSubmit={submit}>
      {fields.map((field, at) => (
        <label key={field}>
          {field[0]?.toUpperCase() + field.slice(1)}
          {field === 'body' ? <textarea name={field} rows={3} /> : <input name={field} required={at === 0} />}
        </label>
      ))}
      <button disabled={busy}>{action}</button>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
