import type { ErrorRequestHandler } from 'express';
import { HttpError, UNIQUE_VIOLATION, codeOf, conflict } from '../lib/errors.js';

const UNAVAILABLE = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037', 'ECONNREFUSED', 'ECONNRESET']);

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const code = codeOf(error);
  if (code === UNIQUE_VIOLATION) return conflict('Such a record exists already');
  const cacheAway = error instanceof Error && error.name === 'MaxRetriesPerRequestError';
  if (cacheAway || (code && UNAVAILABLE.has(code))) return new HttpError(503, 'Not available at the moment');
  // body-parser marks what may be shown (malformed JSON, body too large).
  if (error instanceof Error && 'expose' in error && error.expose && 'status' in error) {
    return new HttpError(Number(error.status), error.message);
  }
  return new HttpError(500, 'Internal error');
}

export const errorHandler: ErrorRequestHandler = (error, req, res, next) => {
  const { status, message, details } = toHttpError(error);
  if (status >= 500) req.log.error({ err: error }, 'request failed');
  if (res.headersSent) {
    next(error);
    return;
  }
  res.status(status).json({ error: message, details, requestId: req.id });
};
