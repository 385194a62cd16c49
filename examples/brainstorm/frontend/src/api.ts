export interface Project {
  id: string;
  title: string;
  description: string;
  owned: boolean;
}

export interface Idea {
  id: string;
  projectId: string;
  content: string;
  /** The model's own have none. */
  author: string | null;
  votes: number;
}

export interface Credentials {
  email: string;
  password: string;
  /** Given to sign up. */
  name?: string;
}

const ORIGIN = (import.meta.env.VITE_API_URL as string | undefined) ?? '';

/** What the API answered instead of what was asked for. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export type Api = ReturnType<typeof createApi>;

/** The API in the name of whoever is signed in. The access token stays in memory; the cookie gets a new one. */
export function createApi(origin = ORIGIN) {
  let token: string | undefined;
  let renewing: Promise<boolean> | undefined;

  async function send(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${origin}/api${path}`, {
      method,
      credentials: 'include',
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async function read<T>(response: Response): Promise<T> {
    if (response.status === 204) return undefined as T;
    const body = (await response.json().catch(() => ({}))) as { error?: string };
    if (!response.ok) throw new ApiError(response.status, body.error ?? `The server answered ${response.status}`);
    return body as T;
  }

  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await send(method, path, body);
    if (response.status === 401 && (await renew())) return read<T>(await send(method, path, body));
    return read<T>(response);
  }

  /** Whether there is a session. A refresh token is good for one use, so everyone waits for the same attempt. */
  function renew(): Promise<boolean> {
    renewing ??= (async () => {
      const response = await send('POST', '/auth/refresh');
      token = response.ok ? (await read<{ accessToken: string }>(response)).accessToken : undefined;
      return response.ok;
    })().finally(() => (renewing = undefined));
    return renewing;
  }

  return {
    renew,
    async enter(credentials: Credentials) {
      const path = credentials.name === undefined ? '/auth/login' : '/auth/register';
      token = (await read<{ accessToken: string }>(await send('POST', path, credentials))).accessToken;
    },
    async leave() {
      await send('POST', '/auth/logout');
      token = undefined;
    },
    projects: async () => (await ask<{ projects: Project[] }>('GET', '/projects')).projects,
    project: async (id: string) => (await ask<{ project: Project }>('GET', `/projects/${id}`)).project,
    createProject: async (title: string, description: string) =>
      (await ask<{ project: Project }>('POST', '/projects', { title, description })).project,
    ideas: async (id: string) => (await ask<{ ideas: Idea[] }>('GET', `/projects/${id}/ideas`)).ideas,
    addIdea: async (id: string, content: string) =>
      (await ask<{ idea: Idea }>('POST', `/projects/${id}/ideas`, { content })).idea,
    suggest: async (id: string) => (await ask<{ ideas: Idea[] }>('POST', `/projects/${id}/suggestions`, {})).ideas,
    vote: async (id: string) => (await ask<{ idea: Idea }>('POST', `/ideas/${id}/votes`)).idea,
    invite: (id: string, email: string) => ask<void>('POST', `/projects/${id}/members`, { email }),
    /** Where ideas are told live, and what to say first there. */
    live: (projectId: string) => ({
      address: new URL(`${origin}/api/ws`, window.location.href).href.replace(/^http/, 'ws'),
      greeting: JSON.stringify({ type: 'join', token, projectId }),
    }),
  };
}
