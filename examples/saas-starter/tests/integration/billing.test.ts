import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Product, openProduct } from '../support/product.ts';

let product: Product;
before(async () => {
  product = await openProduct();
});
after(() => product.close());

test('starts a checkout at Stripe', async () => {
  const { email, id, token } = await product.register();
  product.stripe.answer.body = { url: 'https://checkout.stripe.com/c/pay/1' };
  const { status, body } = await product.ask('POST', '/api/billing/checkout', { token, body: { plan: 'PRO' } });
  assert.equal(status, 201);
  assert.equal(body.url, 'https://checkout.stripe.com/c/pay/1');

  const asked = product.stripe.taken.at(-1);
  assert.deepEqual([asked?.method, asked?.path], ['POST', '/v1/checkout/sessions']);
  assert.equal(asked?.headers.authorization, 'Bearer sk_tests');
  assert.ok(asked?.headers['idempotency-key']);
  const form = new URLSearchParams(asked?.body);
  assert.equal(form.get('client_reference_id'), id);
  assert.equal(form.get('customer_email'), email);
  assert.equal(form.get('metadata[plan]'), 'PRO');
  assert.equal(form.get('line_items[0][price_data][unit_amount]'), '1200');
  assert.equal(form.get('success_url'), 'https://app.example.com/account?checkout=done');
});

test('says so when Stripe does not answer well', async () => {
  const { token } = await product.register();
  product.stripe.answer.status = 500;
  const refused = await product.ask('POST', '/api/billing/checkout', { token, body: { plan: 'TEAM' } });
  product.stripe.answer.status = 200;
  assert.equal(refused.status, 502);
  assert.equal((await product.ask('POST', '/api/billing/checkout', { token, body: { plan: 'GOLD' } })).status, 400);
  assert.equal((await product.ask('POST', '/api/billing/checkout', { body: { plan: 'PRO' } })).status, 401);
});

test('has nothing to sell while payment is off', async () => {
  const free = await openProduct({ payment: false });
  try {
    const { token } = await free.register();
    assert.equal((await free.ask('GET', '/api/billing/plans')).body.paymentEnabled, false);
    assert.equal((await free.ask('POST', '/api/billing/checkout', { token, body: { plan: 'PRO' } })).status, 404);
    assert.equal((await free.deliver({ id: 'evt_1' })).status, 404);
  } finally {
    await free.close();
  }
});
