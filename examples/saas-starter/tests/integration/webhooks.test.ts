import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { START, checkoutCompleted, subscriptionChanged } from '../support/events.ts';
import { type Product, openProduct } from '../support/product.ts';

let product: Product;
before(async () => {
  product = await openProduct();
});
after(() => product.close());

async function subscriptionOf(token: string) {
  return (await product.ask('GET', '/api/account', { token })).body.subscription;
}

test('a paid checkout becomes a subscription, and is told by mail', async () => {
  const { email, id, token } = await product.register();
  const { status, body } = await product.deliver(checkoutCompleted(id, randomUUID()));
  assert.deepEqual([status, body], [200, { received: true, duplicate: false }]);
  assert.deepEqual(await subscriptionOf(token), { plan: 'PRO', status: 'ACTIVE', currentPeriodEnd: null });
  const sent = JSON.parse(product.sendgrid.taken.at(-1)?.body ?? '');
  assert.equal(sent.personalizations[0].to[0].email, email);
  assert.match(sent.subject, /active/);
});

test('an event counts once, however often and however closely it is sent', async () => {
  const { id, token } = await product.register();
  const event = checkoutCompleted(id, randomUUID());
  const answers = await Promise.all(Array.from({ length: 8 }, () => product.deliver(event)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(answers.filter(({ body }) => !body.duplicate).length, 1);
  assert.equal(await product.prisma.webhookEvent.count({ where: { id: event.id } }), 1);
  assert.equal((await subscriptionOf(token)).status, 'ACTIVE');
});

test('a late event does not undo a later one', async () => {
  const { id, token } = await product.register();
  const subscription = randomUUID();
  await product.deliver(checkoutCompleted(id, subscription));
  await product.deliver(subscriptionChanged(subscription, 'canceled', START + 20, 'deleted'));
  await product.deliver(subscriptionChanged(subscription, 'active', START + 10));
  assert.equal((await subscriptionOf(token)).status, 'CANCELED');
  await product.deliver(subscriptionChanged(subscription, 'past_due', START + 30));
  assert.equal((await subscriptionOf(token)).status, 'PAST_DUE');
});

test('refuses what Stripe did not sign, and records nothing of it', async () => {
  const { id, token } = await product.register();
  const event = checkoutCompleted(id, randomUUID());
  assert.equal((await product.deliver(event, 'whsec_of_somebody_else')).status, 400);
  assert.equal((await product.ask('POST', '/api/webhooks/stripe', { body: event })).status, 400);
  assert.equal(await product.prisma.webhookEvent.count({ where: { id: event.id } }), 0);
  assert.equal(await subscriptionOf(token), null);
});

test('takes events that it has no use for', async () => {
  const unknown = { id: `evt_${randomUUID()}`, type: 'invoice.created', created: START, data: { object: {} } };
  assert.equal((await product.deliver(unknown)).status, 200);
  // Of a user who is gone, and about a subscription that was never seen.
  assert.equal((await product.deliver(checkoutCompleted(randomUUID(), randomUUID()))).status, 200);
  assert.equal((await product.deliver(subscriptionChanged(randomUUID(), 'active', START))).status, 200);
  assert.equal((await product.deliver({ id: 'evt_odd' })).status, 400);
});
