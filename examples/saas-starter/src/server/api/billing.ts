import { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../context.js';
import { notFound, unauthorized } from '../lib/errors.js';
import { PLANS, PLAN_IDS } from '../lib/plans.js';
import type { Sessions } from '../lib/sessions.js';
import { Stripe } from '../lib/stripe.js';
import { validate } from '../lib/validate.js';
import { authenticate, sessionOf } from '../middleware/authenticate.js';

const order = z.object({ plan: z.enum(PLAN_IDS) });

export function billingRoutes({ config, prisma }: Context, sessions: Sessions): Router {
  const router = Router();
  const stripe = config.payment && new Stripe(config.payment);

  router.get('/plans', (_req, res) => {
    const plans = PLAN_IDS.map((id) => ({ id, ...PLANS[id] }));
    res.json({ plans, paymentEnabled: Boolean(stripe) });
  });

  router.post('/checkout', authenticate(sessions), async (req, res) => {
    if (!stripe) throw notFound('Payment');
    const { plan } = validate(order, req.body);
    const user = await prisma.user.findUnique({ where: { id: sessionOf(req).userId } });
    if (!user) throw unauthorized();
    const url = await stripe.checkout(
      {
        userId: user.id,
        email: user.email,
        plan,
        returnUrl: `${config.clientBaseUrl}/account`,
        idempotencyKey: req.id,
      },
      req.log,
    );
    res.status(201).json({ url });
  });

  return router;
}
