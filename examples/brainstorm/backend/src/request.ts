import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import type { Sessions } from './sessions.js';

declare module 'express-serve-static-core' {
  interface Request {
    /** Stands in the log and in answers that say something went wrong. */
    id: string;
  }
}

const KNOWN_ID = /^[\w-]{1,64}$/;

/** One line in the log and one observation for each request. */
export function observe(logger: Logger, metrics: Metrics): RequestHandler {
  return (req, res, next) => {
    const given = req.get('X-Request-Id') ?? '';
    req.id = KNOWN_ID.test(given) ? given : randomUUID();
    res.set('X-Request-Id', req.id);
    const started = performance.now();
    res.on('close', () => {
      const took = performance.now() - started;
      const { path } = (req.route ?? {}) as { path?: string };
      const route = path === undefined ? 'none' : req.baseUrl + path;
      const labels = { method: req.method, route, status_code: String(res.statusCode) };
      metrics.httpRequestDuration.observe(labels, took);
      const level = route === '/health' || route === '/metrics' ? 'debug' : 'info';
      const fields = { requestId: req.id, method: req.method, path: req.originalUrl.split('?')[0] };
      const aborted = !res.writableFinished;
      logger[level]({ ...fields, route, status: res.statusCode, ms: Math.round(took), aborted }, 'request');
    });
    next();
  };
}

/** Lets only those through who have signed in. */
export function authenticate(sessions: Sessions): RequestHandler {
  return (req, res, next) => {
    const [scheme, token] = req.get('Authorization')?.split(' ') ?? [];
    res.locals.userId = sessions.identify(scheme?.toLowerCase() === 'bearer' ? token : undefined);
    next();
  };
}

/** Who asks, after `authenticate`. */
export const userOf = (res: Response): string => res.locals.userId as string;
