/** What the API answered instead of what was asked for. `status` is 0 when it did not answer at all. */
export class ApiError extends Error {
  constructor(status, message, details = []) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

/** A function that calls the API at `baseUrl` ('' is the same origin) and returns the JSON it answers, if any. */
export function createApiClient(baseUrl, { headers = {}, fetch = globalThis.fetch, ...options } = {}) {
  return async function call(method, path, body) {
    const response = await fetch(`${baseUrl.replace(/\/$/, '')}/api${path}`, {
      ...options,
      method,
      headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
      body: body && JSON.stringify(body),
    }).catch((error) => {
      throw new ApiError(0, `The server cannot be reached (${error.message})`);
    });
    const answer = await response.json().catch(() => null);
    if (!response.ok) {
      throw new ApiError(response.status, answer?.error ?? `The server answered ${response.status}`, answer?.details);
    }
    return answer;
  };
}
