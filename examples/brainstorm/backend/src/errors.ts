import type { ErrorRequestHandler } from 'express';
import { z } from 'zod';
import type { Logger } from './logger.js';
import type { Reporter } from './reporter.js';

/** An error whose message may be shown to the caller. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly details?: unknown,
  ) {
    super(message);
  }
}

export const unauthorized = (message = 'Sign in first') => new HttpError(401, message);
export const notFound = (what: string) => new HttpError(404, `${what} not found`);
export const conflict = (message: string) => new HttpError(409, message);

/** What a request brought, as the schema wants it; refuses it with every field that is wrong. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const details = error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  throw new HttpError(400, 'The request is not right', details);
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const UNIQUE_VIOLATION = '23505';
const UNAVAILABLE = /^(08|57P|53)/;
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT']);

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const { code, message, expose, status } = error as Partial<Record<string, unknown>>;
  if (code === UNIQUE_VIOLATION) return conflict('It exists already');
  const lost = typeof message === 'string' && /timeout exceeded|connection terminated/i.test(message);
  if (lost || (typeof code === 'string' && (UNAVAILABLE.test(code) || UNREACHABLE.has(code)))) {
    return new HttpError(503, 'The database is not available');
  }
  // body-parser marks what may be shown (malformed JSON, body too large).
  if (expose === true && typeof status === 'number') return new HttpError(status, String(message));
  return new HttpError(500, 'Internal error');
}

export function errorHandler(logger: Logger, reporter: Reporter): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const { status, message, details } = toHttpError(error);
    if (status >= 500) {
      logger.error({ err: error, requestId: req.id, method: req.method, path: req.path }, 'request failed');
    }
    if (status === 500) reporter.report(error, { requestId: req.id, method: req.method, path: req.path });
    if (res.headersSent) return next(error);
    res.status(status).json({ error: message, details, requestId: req.id });
  };
}
