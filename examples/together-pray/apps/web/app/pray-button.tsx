'use client';

import { useState } from 'react';
import { callApi } from '../lib/api.ts';
import { PUBLIC_API_URL } from '../lib/public-api.ts';

/** How many have prayed, and a button to be one of them. */
export function PrayButton({ id, prayed, token }: { id: string; prayed: number; token?: string }) {
  const [count, setCount] = useState(prayed);
  const [state, setState] = useState<'open' | 'busy' | 'done' | 'failed'>('open');

  async function pray() {
    setState('busy');
    try {
      const answer = await callApi<{ prayed: number }>(PUBLIC_API_URL, 'POST', `/prayers/${id}/pray`, { token });
      setCount(answer.prayed);
      setState('done');
    } catch {
      setState('failed');
    }
  }

  return (
    <p>
      {token && (
        <button onClick={pray} disabled={state === 'busy' || state === 'done'}>
          {state === 'done' ? 'You prayed' : 'I prayed'}
        </button>
      )}{' '}
      <span className="muted">
        {count} {count === 1 ? 'has' : 'have'} prayed
      </span>
      {state === 'failed' && <span className="problem"> That did not arrive; please reload the page.</span>}
    </p>
  );
}
