import type { Server } from 'node:http';
import type { RequestHandler, Response } from 'express';

const SWEEP_MS = 100;

export type Drain = ReturnType<typeof createDrain>;

/**
 * Ends an HTTP server without failing a request: no new connections, requests in flight are answered, and each answer
 * tells the client to close its kept-alive connection.
 */
export function createDrain() {
  const inFlight = new Set<Response>();
  let started = false;

  const middleware: RequestHandler = (_req, res, next) => {
    if (started) res.set('Connection', 'close');
    inFlight.add(res);
    res.on('close', () => inFlight.delete(res));
    next();
  };

  /** Resolves to true when every connection ended by itself, to false when some had to be cut at the limit. */
  async function run(server: Server, limitMs: number): Promise<boolean> {
    started = true;
    for (const res of inFlight) if (!res.headersSent) res.set('Connection', 'close');

    const closed = new Promise<boolean>((resolve) => server.close(() => resolve(true)));
    // A response whose headers were out already leaves its connection idle, not closed.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, limitMs, false);
    });
    const clean = await Promise.race([closed, limit]);
    clearInterval(sweep);
    clearTimeout(timer);
    if (!clean) server.closeAllConnections();
    return clean;
  }

  return { started: () => started, middleware, run };
}
