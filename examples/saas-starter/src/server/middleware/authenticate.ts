import type { Request, RequestHandler } from 'express';
import { unauthorized } from '../lib/errors.js';
import type { Session, Sessions } from '../lib/sessions.js';

/** Requires the token of a signed-in user in the Authorization header. */
export function authenticate(sessions: Sessions): RequestHandler {
  return async (req, _res, next) => {
    const token = /^Bearer (\S+)$/.exec(req.get('authorization') ?? '')?.[1];
    req.session = await sessions.identify(token);
    next();
  };
}

/** Who asks, on a route behind `authenticate`. */
export function sessionOf(req: Request): Session {
  if (!req.session) throw unauthorized();
  return req.session;
}
