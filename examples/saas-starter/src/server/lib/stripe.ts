import type { PaymentConfig } from '../config.js';
import { badGateway } from './errors.js';
import type { Logger } from './logger.js';
import { PLANS, type PlanId } from './plans.js';

const TIMEOUT_MS = 10_000;

/** A checkout for one user and one plan. */
export interface Checkout {
  userId: string;
  email: string;
  plan: PlanId;
  /** Where Stripe sends the user back to. */
  returnUrl: string;
  /** The same key makes the same session, however often it is asked for. */
  idempotencyKey: string;
}

/** The part of Stripe's API that we use. */
export class Stripe {
  constructor(private readonly config: PaymentConfig) {}

  /** Starts a checkout and returns the address of its page: https://docs.stripe.com/api/checkout/sessions/create */
  async checkout(checkout: Checkout, log: Logger): Promise<string> {
    const plan = PLANS[checkout.plan];
    const form = new URLSearchParams({
      mode: 'subscription',
      client_reference_id: checkout.userId,
      customer_email: checkout.email,
      success_url: `${checkout.returnUrl}?checkout=done`,
      cancel_url: `${checkout.returnUrl}?checkout=canceled`,
      'metadata[plan]': checkout.plan,
      'line_items[0][quantity]': '1',
      'line_items[0][price_data][currency]': plan.currency,
      'line_items[0][price_data][unit_amount]': String(plan.price),
      'line_items[0][price_data][recurring][interval]': 'month',
      'line_items[0][price_data][product_data][name]': plan.name,
    });
    try {
      const response = await fetch(new URL('/v1/checkout/sessions', this.config.apiBase), {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${this.config.secretKey}`,
          'Idempotency-Key': checkout.idempotencyKey,
        },
        body: form,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`Stripe answered ${response.status}`);
      const session = (await response.json()) as { url?: unknown };
      if (typeof session.url !== 'string') throw new Error('Stripe sent no address');
      return session.url;
    } catch (error) {
      log.error({ err: error }, 'checkout could not be started');
      throw badGateway('Payment is not available at the moment');
    }
  }
}
