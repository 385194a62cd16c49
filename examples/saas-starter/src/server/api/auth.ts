import { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../context.js';
import { UNIQUE_VIOLATION, codeOf, conflict, unauthorized } from '../lib/errors.js';
import { LoginLimit } from '../lib/login-limit.js';
import type { Mail } from '../lib/mail.js';
import { hashPassword, verifyPassword } from '../lib/passwords.js';
import type { Sessions } from '../lib/sessions.js';
import { email, validate } from '../lib/validate.js';
import { authenticate, sessionOf } from '../middleware/authenticate.js';

const registration = z.object({
  email,
  name: z.string().trim().min(1).max(120),
  password: z.string().min(10).max(200),
});
const credentials = z.object({ email, password: z.string().max(200) });

export function authRoutes({ prisma, redis, config }: Context, sessions: Sessions, mail: Mail): Router {
  const router = Router();
  const limit = new LoginLimit(redis);
  // Checked when the e-mail is unknown, so that the answer takes as long as for a wrong password.
  const decoy = hashPassword('nobody has this password');

  router.post('/register', async (req, res) => {
    const { password, ...rest } = validate(registration, req.body);
    const passwordHash = await hashPassword(password);
    const user = await prisma.user.create({ data: { ...rest, passwordHash } }).catch((error: unknown) => {
      throw codeOf(error) === UNIQUE_VIOLATION ? conflict('There is an account with this e-mail already') : error;
    });
    await mail.send(
      {
        to: user.email,
        subject: 'Welcome',
        text: `Hello ${user.name},\n\nyour account is ready: ${config.clientBaseUrl}\n`,
      },
      req.log,
    );
    res.status(201).json({ user: publicUser(user), token: sessions.start(user.id) });
  });

  router.post('/login', async (req, res) => {
    const given = validate(credentials, req.body);
    await limit.check(given.email);
    const user = await prisma.user.findUnique({ where: { email: given.email } });
    const matches = await verifyPassword(given.password, user?.passwordHash ?? (await decoy));
    if (!user || !matches) {
      await limit.failed(given.email);
      throw unauthorized('E-mail or password is wrong');
    }
    await limit.succeeded(given.email);
    res.json({ user: publicUser(user), token: sessions.start(user.id) });
  });

  router.post('/logout', authenticate(sessions), async (req, res) => {
    await sessions.end(sessionOf(req));
    res.status(204).end();
  });

  return router;
}

export function publicUser({ id, email: address, name }: { id: string; email: string; name: string }) {
  return { id, email: address, name };
}
