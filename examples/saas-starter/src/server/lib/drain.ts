import type { RequestHandler, Response } from 'express';
import type { Server } from 'node:http';

/**
 * Ends an HTTP server without failing a request: no new connections, requests in flight are answered, and each answer
 * tells the client to close its kept-alive connection.
 */
export class Drain {
  started = false;
  private readonly inFlight = new Set<Response>();

  readonly middleware: RequestHandler = (_req, res, next) => {
    if (this.started) res.set('Connection', 'close');
    this.inFlight.add(res);
    res.on('close', () => this.inFlight.delete(res));
    next();
  };

  /** True when every connection ended by itself, false when some had to be cut at the limit. */
  async run(server: Server, limitMs: number): Promise<boolean> {
    this.started = true;
    for (const res of this.inFlight) if (!res.headersSent) res.set('Connection', 'close');

    const closed = new Promise<boolean>((resolve) => server.close(() => resolve(true)));
    // A response whose headers were out already leaves its connection idle, not closed.
    const sweep = setInterval(() => server.closeIdleConnections(), 100);
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
}
