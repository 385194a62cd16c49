export interface User {
  id: string;
  email: string;
  name: string;
}

export type PlanId = 'PRO' | 'TEAM';

export interface Plan {
  id: PlanId;
  name: string;
  price: number;
  currency: string;
}

export interface Account {
  user: User;
  subscription: { plan: PlanId; status: string; currentPeriodEnd: string | null } | null;
}

/** What the API said when it refused. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Talks to the API at `base`, as whoever the token is of. */
export function createApi(base: string, token: string | null, send: typeof fetch = fetch) {
  async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await send(`${base}/api${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token !== null && { Authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (response.status === 204) return undefined as Answer;
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer as Answer;
    throw new ApiError(response.status, answer.error ?? `The server answered ${response.status}`);
  }

  type SignedIn = { user: User; token: string };
  return {
    register: (email: string, name: string, password: string) =>
      ask<SignedIn>('POST', '/auth/register', { email, name, password }),
    login: (email: string, password: string) => ask<SignedIn>('POST', '/auth/login', { email, password }),
    logout: () => ask<undefined>('POST', '/auth/logout'),
    account: () => ask<Account>('GET', '/account'),
    rename: (name: string) => ask<{ user: User }>('PATCH', '/account', { name }),
    plans: () => ask<{ plans: Plan[]; paymentEnabled: boolean }>('GET', '/billing/plans'),
    checkout: (plan: PlanId) => ask<{ url: string }>('POST', '/billing/checkout', { plan }),
  };
}

export type Api = ReturnType<typeof createApi>;
