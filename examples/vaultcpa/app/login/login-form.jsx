'use client';

import { useEffect, useState } from 'react';
import { api } from '../../lib/browser-api.js';
import { Form } from '../form.jsx';

// One attempt a page load: React runs effects twice in development, and a refresh token is good for one use.
let renewal;

/** Logs in; whoever was sent here from a page first tries to renew the session that ran out there. */
export function LoginForm({ next, renew }) {
  const [renewing, setRenewing] = useState(renew);

  useEffect(() => {
    if (!renew) return;
    renewal ??= api('POST', '/auth/refresh', {});
    renewal.then(
      () => window.location.replace(next),
      () => setRenewing(false),
    );
  }, [renew, next]);

  if (renewing) return <p className="muted">One moment …</p>;

  async function login(fields) {
    await api('POST', '/auth/login', { email: fields.get('email'), password: fields.get('password') });
    window.location.assign(next);
  }

  return (
    <Form send={login} action="Log in">
      <label>
        E-mail
        <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
    </Form>
  );
}
