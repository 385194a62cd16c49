import type { RequestHandler } from 'express';
import { randomUUID } from 'node:crypto';
import type { Logger } from '../lib/logger.js';

const REQUEST_ID = /^[\w.-]{1,64}$/;

/** Gives each request an id (the proxy's, if it sent one) and writes one line when it is over. */
export function requestLog(logger: Logger): RequestHandler {
  return (req, res, next) => {
    const started = process.hrtime.bigint();
    const given = req.get('x-request-id');
    req.id = given && REQUEST_ID.test(given) ? given : randomUUID();
    req.log = logger.child({ requestId: req.id });
    res.set('X-Request-Id', req.id);

    res.on('close', () => {
      const line = {
        method: req.method,
        // Without the query: it may carry what people search for.
        path: req.originalUrl.split('?')[0],
        status: res.statusCode,
        durationMs: Number(process.hrtime.bigint() - started) / 1e6,
        ip: req.ip,
        userId: req.session?.userId,
        aborted: res.writableFinished ? undefined : true,
      };
      const level = res.statusCode >= 500 ? 'error' : req.path === '/health' ? 'debug' : 'info';
      req.log[level](line, 'request');
    });
    next();
  };
}
