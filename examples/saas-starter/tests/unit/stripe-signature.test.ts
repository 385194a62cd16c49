import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { isSigned, sign } from '../../src/server/lib/stripe-signature.ts';

const SECRET = 'whsec_1';
const body = Buffer.from('{"id":"evt_1"}');
const at = 1_760_000_000;
const now = at * 1_000;

test('takes what Stripe signed, also while a secret is being replaced', () => {
  const mac = createHmac('sha256', SECRET).update(`${at}.{"id":"evt_1"}`).digest('hex');
  assert.ok(isSigned(body, `t=${at},v1=${mac}`, SECRET, now));
  assert.ok(isSigned(body, `t=${at},v1=${'0'.repeat(64)},v1=${mac},v0=1`, SECRET, now));
  assert.equal(sign(body, SECRET, at), `t=${at},v1=${mac}`);
});

test('refuses another body, another secret, another time, and nonsense', () => {
  const header = sign(body, SECRET, at);
  assert.ok(!isSigned(Buffer.from('{"id":"evt_2"}'), header, SECRET, now));
  assert.ok(!isSigned(body, header, 'whsec_2', now));
  assert.ok(!isSigned(body, header.replace(`t=${at}`, `t=${at + 1}`), SECRET, now));
  assert.ok(!isSigned(body, header.replace('v1=', 'v0='), SECRET, now));
  for (const nonsense of [undefined, '', 't=', 'v1=00', `t=${at}`, `t=${at},v1=zz`]) {
    assert.ok(!isSigned(body, nonsense, SECRET, now));
  }
});

test('refuses what was recorded and sent again later', () => {
  const header = sign(body, SECRET, at);
  assert.ok(isSigned(body, header, SECRET, now + 300_000));
  assert.ok(!isSigned(body, header, SECRET, now + 301_000));
});
