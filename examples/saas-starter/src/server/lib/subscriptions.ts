import type { Prisma, SubscriptionStatus } from '@prisma/client';
import { z } from 'zod';
import { PLAN_IDS } from './plans.js';

/** https://docs.stripe.com/api/events/object */
export const stripeEvent = z.looseObject({
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  created: z.number().int(),
  data: z.looseObject({ object: z.looseObject({}) }),
});

export type StripeEvent = z.output<typeof stripeEvent>;

const completedCheckout = z.object({
  client_reference_id: z.uuid(),
  customer: z.string(),
  subscription: z.string(),
  metadata: z.object({ plan: z.enum(PLAN_IDS) }),
});

const changedSubscription = z.object({
  id: z.string(),
  status: z.string(),
  current_period_end: z.number().int().optional(),
});

/** What an event made of a user's subscription. */
export interface Change {
  userId: string;
  status: SubscriptionStatus;
}

/** Applies an event to the subscription it is about. Events of other kinds, and late ones, change nothing. */
export async function apply(event: StripeEvent, tx: Prisma.TransactionClient): Promise<Change | undefined> {
  switch (event.type) {
    case 'checkout.session.completed':
      return begin(event, tx);
    case 'customer.subscription.updated':
    case 'customer.subscription.deleted':
      return change(event, tx);
    default:
      return undefined;
  }
}

async function begin(event: StripeEvent, tx: Prisma.TransactionClient): Promise<Change | undefined> {
  const checkout = completedCheckout.safeParse(event.data.object);
  if (!checkout.success) return undefined;
  const { client_reference_id: userId, customer, subscription, metadata } = checkout.data;
  // The lock makes events about one user wait for each other; a user who is gone has nothing to subscribe.
  const known = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM users WHERE id = ${userId}::uuid FOR UPDATE`;
  const current = await tx.subscription.findUnique({ where: { userId } });
  const at = createdAt(event);
  if (known.length === 0 || (current && current.lastEventAt > at)) return undefined;
  const values = {
    plan: metadata.plan,
    status: 'ACTIVE' as const,
    stripeCustomerId: customer,
    stripeSubscriptionId: subscription,
    lastEventAt: at,
  };
  await tx.subscription.upsert({ where: { userId }, create: { userId, ...values }, update: values });
  return { userId, status: 'ACTIVE' };
}

async function change(event: StripeEvent, tx: Prisma.TransactionClient): Promise<Change | undefined> {
  const subscription = changedSubscription.safeParse(event.data.object);
  if (!subscription.success) return undefined;
  const { id, status, current_period_end: end } = subscription.data;
  const at = createdAt(event);
  const [changed] = await tx.subscription.updateManyAndReturn({
    where: { stripeSubscriptionId: id, lastEventAt: { lte: at } },
    data: {
      status: event.type === 'customer.subscription.deleted' ? 'CANCELED' : statusOf(status),
      currentPeriodEnd: end === undefined ? undefined : new Date(end * 1_000),
      lastEventAt: at,
    },
  });
  return changed && { userId: changed.userId, status: changed.status };
}

/** https://docs.stripe.com/api/subscriptions/object#subscription_object-status */
export function statusOf(status: string): SubscriptionStatus {
  switch (status) {
    case 'active':
    case 'trialing':
      return 'ACTIVE';
    case 'canceled':
    case 'incomplete_expired':
      return 'CANCELED';
    default:
      return 'PAST_DUE';
  }
}

const createdAt = (event: StripeEvent) => new Date(event.created * 1_000);
