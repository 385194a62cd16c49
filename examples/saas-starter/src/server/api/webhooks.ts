import { type PrismaClient, Prisma } from '@prisma/client';
import express, { Router } from 'express';
import type { Context } from '../context.js';
import { UNIQUE_VIOLATION, badRequest, codeOf, notFound } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import type { Mail, Message } from '../lib/mail.js';
import { isSigned } from '../lib/stripe-signature.js';
import { type Change, type StripeEvent, apply, stripeEvent } from '../lib/subscriptions.js';
import { validate } from '../lib/validate.js';

const BODY_LIMIT = '1mb';

/** Events of Stripe, told by its signature. Mounted before JSON is parsed: the signature is over the bytes. */
export function webhookRoutes({ config, prisma }: Context, mail: Mail): Router {
  const router = Router();

  router.post('/stripe', express.raw({ type: () => true, limit: BODY_LIMIT }), async (req, res) => {
    if (!config.payment) throw notFound('Payment');
    const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    if (!isSigned(body, req.get('stripe-signature'), config.payment.webhookSecret)) {
      throw badRequest('The signature is not valid');
    }
    const event = validate(stripeEvent, parse(body));
    const { duplicate, change } = await take(event, prisma, req.log);
    if (change) await notify(change, prisma, mail, req.log);
    res.json({ received: true, duplicate });
  });

  return router;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw badRequest('The body is not JSON');
  }
}

/** Records an event and applies it, both or neither, once however often it is sent. */
async function take(
  event: StripeEvent,
  prisma: PrismaClient,
  log: Logger,
): Promise<{ duplicate: boolean; change?: Change }> {
  try {
    const change = await prisma.$transaction(async (tx) => {
      // A second delivery waits here for the first one and then fails on the key.
      const payload = event as unknown as Prisma.InputJsonValue;
      await tx.webhookEvent.create({ data: { id: event.id, type: event.type, payload } });
      return apply(event, tx);
    });
    log.info({ eventId: event.id, type: event.type, status: change?.status }, 'webhook taken');
    return { duplicate: false, change };
  } catch (error) {
    const seen =
      codeOf(error) === UNIQUE_VIOLATION &&
      (await prisma.webhookEvent.findUnique({ where: { id: event.id }, select: { id: true } }));
    if (!seen) throw error;
    log.info({ eventId: event.id, type: event.type }, 'webhook taken before');
    return { duplicate: true };
  }
}

const NEWS: Record<Change['status'], Omit<Message, 'to'>> = {
  ACTIVE: { subject: 'Your subscription is active', text: 'Thank you. All of your plan is yours to use.\n' },
  PAST_DUE: { subject: 'A payment failed', text: 'We could not charge your card. Please check it.\n' },
  CANCELED: { subject: 'Your subscription has ended', text: 'You are on the free plan now.\n' },
};

async function notify(change: Change, prisma: PrismaClient, mail: Mail, log: Logger): Promise<void> {
  const user = await prisma.user.findUnique({ where: { id: change.userId }, select: { email: true } });
  if (user) await mail.send({ to: user.email, ...NEWS[change.status] }, log);
}
