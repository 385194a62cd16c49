'use client';

import { useState } from 'react';

/** A form that sends its fields with `send`, and shows what the API did not like. */
export function Form({ send, action, inline = false, children }) {
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);

  async function submit(event) {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    setProblem(null);
    try {
      await send(new FormData(form));
      form.reset();
    } catch (error) {
      setProblem([error.message, ...(error.details ?? []).map(({ message }) => message)].join('; '));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form onSubmit={submit} className={inline ? 'inline' : undefined}>
      {children}
      <button disabled={busy}>{action}</button>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
