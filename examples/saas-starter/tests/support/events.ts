import { randomUUID } from 'node:crypto';

/** When the first event of a story happened; seconds since 1970. */
export const START = 1_760_000_000;

/** Somebody paid at the end of a checkout. */
export function checkoutCompleted(userId: string, subscription: string, created = START) {
  return {
    id: `evt_${randomUUID()}`,
    type: 'checkout.session.completed',
    created,
    data: {
      object: {
        object: 'checkout.session',
        client_reference_id: userId,
        customer: 'cus_1',
        subscription,
        metadata: { plan: 'PRO' },
      },
    },
  };
}

/** A subscription is not what it was. */
export function subscriptionChanged(id: string, status: string, created: number, kind = 'updated') {
  return {
    id: `evt_${randomUUID()}`,
    type: `customer.subscription.${kind}`,
    created,
    data: { object: { object: 'subscription', id, status, current_period_end: created + 86_400 } },
  };
}
