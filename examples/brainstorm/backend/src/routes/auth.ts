import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Services } from '../app.js';
import { notFound, parse, unauthorized } from '../errors.js';
import { hashPassword, verifyPassword } from '../passwords.js';
import { authenticate, userOf } from '../request.js';
import type { Session } from '../sessions.js';

const COOKIE = 'brainstorm_refresh';
const COOKIE_PATH = '/api/auth';

const email = z.email().max(254).toLowerCase();
const registerSchema = z.object({
  email,
  name: z.string().trim().min(1).max(100),
  password: z.string().min(10).max(200),
});
const loginSchema = z.object({ email, password: z.string().max(200) });

interface User {
  id: string;
  email: string;
  name: string;
}

/** The access token goes into the answer, the refresh token into a cookie that no script reads. */
export function authRoutes({ database, sessions }: Services): Router {
  const router = Router();

  async function begin(req: Request, res: Response, status: number, user: User): Promise<void> {
    const session = await sessions.start(user.id);
    setCookie(req, res, session);
    res.status(status).json({ accessToken: session.accessToken, user });
  }

  router.post('/register', async (req, res) => {
    const { email, name, password } = parse(registerSchema, req.body);
    const { rows } = await database.query<User>(
      'INSERT INTO users (email, name, password_hash) VALUES ($1, $2, $3) RETURNING id, email, name',
      [email, name, await hashPassword(password)],
    );
    const [user] = rows;
    if (user) await begin(req, res, 201, user);
  });

  router.post('/login', async (req, res) => {
    const { email, password } = parse(loginSchema, req.body);
    const { rows } = await database.query<User & { hash: string }>(
      'SELECT id, email, name, password_hash AS hash FROM users WHERE email = $1',
      [email],
    );
    const [found] = rows;
    const known = await verifyPassword(password, found?.hash);
    if (!found || !known) throw unauthorized('Email or password is wrong');
    await begin(req, res, 200, { id: found.id, email: found.email, name: found.name });
  });

  router.post('/refresh', async (req, res) => {
    const session = await sessions.rotate(cookieOf(req));
    setCookie(req, res, session);
    res.json({ accessToken: session.accessToken });
  });

  router.post('/logout', async (req, res) => {
    await sessions.end(cookieOf(req));
    res.clearCookie(COOKIE, { path: COOKIE_PATH }).status(204).end();
  });

  router.get('/me', authenticate(sessions), async (_req, res) => {
    const { rows } = await database.query<User>('SELECT id, email, name FROM users WHERE id = $1', [userOf(res)]);
    if (!rows[0]) throw notFound('User');
    res.json({ user: rows[0] });
  });

  return router;
}

function setCookie(req: Request, res: Response, session: Session): void {
  const options = { httpOnly: true, sameSite: 'strict', path: COOKIE_PATH } as const;
  res.cookie(COOKIE, session.refreshToken, { ...options, secure: req.secure, expires: session.refreshExpiresAt });
}

function cookieOf(req: Request): string | undefined {
  const pairs = req.get('Cookie')?.split(';') ?? [];
  const pair = pairs.map((text) => text.trim()).find((text) => text.startsWith(`${COOKIE}=`));
  return pair?.slice(COOKIE.length + 1);
}
