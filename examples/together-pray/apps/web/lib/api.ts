/** What the API answered instead of what was asked for. `status` is 0 when it did not answer at all. */
export class ApiError extends Error {
  constructor(
    public readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface Prayer {
  id: string;
  title: string;
  body: string;
  groupId: string | null;
  author: string;
  prayed: number;
  answeredAt: string | null;
  createdAt: string;
}

export interface Group {
  id: string;
  name: string;
  description: string;
  inviteCode: string;
}

export interface Session {
  user: { id: string; email: string; name: string };
  accessToken: string;
  refreshToken: string;
}

/** Calls the API at `baseUrl` ('' is the same origin) and returns the JSON it answers. */
export async function callApi<Result>(
  baseUrl: string,
  method: string,
  path: string,
  { body, token }: { body?: object; token?: string } = {},
): Promise<Result> {
  const response = await fetch(`${baseUrl.replace(/\/$/, '')}/api${path}`, {
    method,
    cache: 'no-store',
    headers: {
      ...(body && { 'Content-Type': 'application/json' }),
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    body: body && JSON.stringify(body),
  }).catch((error: unknown) => {
    throw new ApiError(0, `The server cannot be reached (${error instanceof Error ? error.message : String(error)})`);
  });
  const answer = (await response.json().catch(() => null)) as { message?: string | string[] } | null;
  if (!response.ok) {
    const said = answer?.message ?? `The server answered ${response.status}`;
    throw new ApiError(response.status, [said].flat().join('; '));
  }
  return answer as Result;
}
