/** An error whose message may be shown to the caller. */
class HttpError extends Error {
  constructor(status, message, details) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

const badRequest = (message, details) => new HttpError(400, message, details);
const unauthorized = (message = 'Sign in first') => new HttpError(401, message);
const forbidden = (message = 'Not allowed') => new HttpError(403, message);
const notFound = (what) => new HttpError(404, `${what} not found`);
const conflict = (message) => new HttpError(409, message);

// https://www.prisma.io/docs/orm/reference/error-reference
const UNIQUE_VIOLATION = 'P2002';
const FOREIGN_KEY_VIOLATION = 'P2003';
const RECORD_NOT_FOUND = 'P2025';
const DATABASE_UNAVAILABLE = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037', 'ECONNREFUSED']);

function toHttpError(error) {
  if (error instanceof HttpError) return error;
  if (error.code === UNIQUE_VIOLATION) return conflict('Such a record exists already');
  if (error.code === FOREIGN_KEY_VIOLATION) return conflict('The record is linked to others');
  if (error.code === RECORD_NOT_FOUND) return notFound('Record');
  if (DATABASE_UNAVAILABLE.has(error.code)) return new HttpError(503, 'The database is not available');
  // body-parser marks what may be shown (malformed JSON, body too large).
  if (error.expose && error.status) return new HttpError(error.status, error.message);
  return new HttpError(500, 'Internal error');
}

function errorHandler(error, req, res, next) {
  const { status, message, details } = toHttpError(error);
  if (status >= 500) req.log.error({ err: error }, 'request failed');
  if (res.headersSent) return next(error);
  res.status(status).json({ error: message, details, requestId: req.id });
}

module.exports = { badRequest, unauthorized, forbidden, notFound, conflict, errorHandler };
