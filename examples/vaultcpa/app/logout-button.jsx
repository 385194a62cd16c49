'use client';

import { api } from '../lib/browser-api.js';

export function LogoutButton() {
  async function logout() {
    // The cookies are gone even when the session had ended before.
    await api('POST', '/auth/logout').catch(() => {});
    // A full load, so that no page of the old session stays in memory.
    window.location.assign('/login');
  }
  return (
    <button className="plain" onClick={logout}>
      Log out
    </button>
  );
}
