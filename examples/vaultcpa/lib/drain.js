import diagnostics from 'node:diagnostics_channel';

/**
 * Lets the server end on SIGTERM. Next.js then only stops to accept connections and waits for the open ones; a reverse proxy
 * that keeps its connections alive would make it wait forever.
 */
export function closeConnectionsOnStop() {
  let server = null;
  let stopping = false;

  diagnostics.subscribe('http.server.request.start', (message) => {
    server = message.server;
    if (stopping) message.response.setHeader('Connection', 'close');
  });

  process.once('SIGTERM', () => {
    stopping = true;
    // What was in flight when the signal came leaves its connection open when it is answered.
    setInterval(() => server?.closeIdleConnections(), 100).unref();
  });
}
