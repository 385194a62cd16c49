/**
 * Ends an HTTP server without failing a request: no new connections, requests in flight are answered, and each answer
 * tells the client to close its kept-alive connection.
 */
function createDrain() {
  const inFlight = new Set();

  const drain = {
    started: false,

    middleware(req, res, next) {
      if (drain.started) res.set('Connection', 'close');
      inFlight.add(res);
      res.on('close', () => inFlight.delete(res));
      next();
    },

    /** Resolves to true when every connection ended by itself, to false when some had to be cut at the limit. */
    async run(server, limitMs) {
      drain.started = true;
      for (const res of inFlight) if (!res.headersSent) res.set('Connection', 'close');

      const closed = new Promise((resolve) => server.close(() => resolve(true)));
      // A response whose headers were out already leaves its connection idle, not closed.
      const sweep = setInterval(() => server.closeIdleConnections(), 100);
      let timer;
      const limit = new Promise((resolve) => {
        timer = setTimeout(resolve, limitMs, false);
      });
      const clean = await Promise.race([closed, limit]);
      clearInterval(sweep);
      clearTimeout(timer);
      if (!clean) server.closeAllConnections();
      return clean;
    },
  };
  return drain;
}

module.exports = { createDrain };
