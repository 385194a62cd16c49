import diagnostics from 'node:diagnostics_channel';
import type { Server, ServerResponse } from 'node:http';

/**
 * Lets the server end on SIGTERM. Next.js then only stops to accept connections and waits for the open ones; a reverse proxy
 * that keeps its connections alive would make it wait forever.
 */
export function closeConnectionsOnStop(): void {
  let server: Server | undefined;
  let stopping = false;

  diagnostics.subscribe('http.server.request.start', (message) => {
    const started = message as { server: Server; response: ServerResponse };
    server = started.server;
    if (stopping) started.response.setHeader('Connection', 'close');
  });

  process.once('SIGTERM', () => {
    stopping = true;
    // What was in flight when the signal came leaves its connection open when it is answered.
    setInterval(() => server?.closeIdleConnections(), 100).unref();
  });
}
