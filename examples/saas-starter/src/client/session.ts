import { useMemo, useState } from 'react';
import { type Api, createApi } from './api.ts';

const API_URL = (import.meta.env.VITE_API_URL ?? 'http://localhost:3000').replace(/\/$/, '');
const KEY = 'saas-starter.token';

export interface Session {
  api: Api;
  signedIn: boolean;
  /** Keeps a token over reloads; null forgets it. */
  keep(token: string | null): void;
}

export function useSession(): Session {
  const [token, setToken] = useState(() => localStorage.getItem(KEY));
  return useMemo(
    () => ({
      api: createApi(API_URL, token),
      signedIn: token !== null,
      keep(next) {
        if (next === null) localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, next);
        setToken(next);
      },
    }),
    [token],
  );
}
