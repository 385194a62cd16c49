import { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../context.js';
import { unauthorized } from '../lib/errors.js';
import type { Sessions } from '../lib/sessions.js';
import { validate } from '../lib/validate.js';
import { authenticate, sessionOf } from '../middleware/authenticate.js';
import { publicUser } from './auth.js';

const changes = z.object({ name: z.string().trim().min(1).max(120) });

export function accountRoutes({ prisma }: Context, sessions: Sessions): Router {
  const router = Router();
  router.use(authenticate(sessions));

  router.get('/', async (req, res) => {
    const user = await prisma.user.findUnique({
      where: { id: sessionOf(req).userId },
      include: { subscription: true },
    });
    if (!user) throw unauthorized();
    const { subscription } = user;
    res.json({
      user: publicUser(user),
      subscription: subscription && {
        plan: subscription.plan,
        status: subscription.status,
        currentPeriodEnd: subscription.currentPeriodEnd,
      },
    });
  });

  router.patch('/', async (req, res) => {
    const data = validate(changes, req.body);
    const [user] = await prisma.user.updateManyAndReturn({ where: { id: sessionOf(req).userId }, data });
    if (!user) throw unauthorized();
    res.json({ user: publicUser(user) });
  });

  return router;
}
