import { apiUrl } from '../../lib/api-url.ts';

const API_TIMEOUT_MS = 3_000;

export const dynamic = 'force-dynamic';

/** 200 while the pages can be served with content, 503 when the API is away or unwell. */
export async function GET(): Promise<Response> {
  const api = await apiState();
  const healthy = api === 'healthy';
  return Response.json(
    {
      status: healthy ? 'healthy' : 'unhealthy',
      timestamp: new Date().toISOString(),
      uptime: process.uptime(),
      api,
    },
    { status: healthy ? 200 : 503, headers: { 'Cache-Control': 'no-store' } },
  );
}

async function apiState(): Promise<'healthy' | 'unhealthy' | 'unreachable'> {
  try {
    const response = await fetch(`${apiUrl()}/health`, {
      cache: 'no-store',
      signal: AbortSignal.timeout(API_TIMEOUT_MS),
    });
    return response.ok ? 'healthy' : 'unhealthy';
  } catch {
    return 'unreachable';
  }
}
