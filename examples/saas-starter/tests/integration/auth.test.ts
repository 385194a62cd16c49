import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, type Product, openProduct } from '../support/product.ts';

let product: Product;
before(async () => {
  product = await openProduct();
});
after(() => product.close());

test('registers, signs in and out', async () => {
  const { email, token } = await product.register();
  const account = await product.ask('GET', '/api/account', { token });
  assert.equal(account.status, 200);
  assert.deepEqual([account.body.user.email, account.body.subscription], [email, null]);

  const login = await product.ask('POST', '/api/auth/login', {
    body: { email: email.toUpperCase(), password: PASSWORD },
  });
  assert.equal(login.status, 200);
  assert.equal((await product.ask('POST', '/api/auth/logout', { token: login.body.token })).status, 204);
  assert.equal((await product.ask('GET', '/api/account', { token: login.body.token })).status, 401);
  // The other session goes on.
  assert.equal((await product.ask('GET', '/api/account', { token })).status, 200);
});

test('welcomes by mail, and does without it when it cannot be sent', async () => {
  const { email } = await product.register();
  const mail = product.sendgrid.taken.at(-1);
  assert.equal(mail?.path, '/v3/mail/send');
  assert.equal(mail?.headers.authorization, 'Bearer SG.tests');
  const sent = JSON.parse(mail?.body ?? '');
  assert.equal(sent.personalizations[0].to[0].email, email);
  assert.match(sent.content[0].value, /https:\/\/app\.example\.com/);

  product.sendgrid.answer.status = 500;
  await product.register();
  product.sendgrid.answer.status = 200;
});

test('refuses a second account, bad fields, and tokens that are not ours', async () => {
  const { email } = await product.register();
  const again = await product.ask('POST', '/api/auth/register', {
    body: { email, name: 'Bob', password: PASSWORD },
  });
  assert.equal(again.status, 409);
  const bad = await product.ask('POST', '/api/auth/register', { body: { email: 'ada', password: 'short' } });
  assert.equal(bad.status, 400);
  assert.deepEqual(
    bad.body.details.map((detail: { field: string }) => detail.field),
    ['email', 'name', 'password'],
  );
  for (const token of [undefined, 'abc', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.']) {
    assert.equal((await product.ask('GET', '/api/account', { token })).status, 401);
  }
});

test('stops checking passwords after ten wrong ones', async () => {
  const { email } = await product.register();
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const wrong = await product.ask('POST', '/api/auth/login', { body: { email, password: 'nonsense' } });
    assert.equal(wrong.status, 401);
  }
  const right = await product.ask('POST', '/api/auth/login', { body: { email, password: PASSWORD } });
  assert.equal(right.status, 429);
});

test('lets only its own pages ask from a browser', async () => {
  const { headers } = await product.ask('OPTIONS', '/api/account', {
    headers: { Origin: 'https://elsewhere.example.com', 'Access-Control-Request-Method': 'PATCH' },
  });
  assert.equal(headers.get('access-control-allow-origin'), 'https://app.example.com');
});

test('renames', async () => {
  const { token } = await product.register();
  const renamed = await product.ask('PATCH', '/api/account', { token, body: { name: ' Grace ' } });
  assert.equal(renamed.body.user.name, 'Grace');
  assert.equal((await product.ask('PATCH', '/api/account', { token, body: { name: '' } })).status, 400);
});
