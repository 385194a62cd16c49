import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusOf } from '../../src/server/lib/subscriptions.ts';

test('takes every status of Stripe for one of ours', () => {
  assert.equal(statusOf('active'), 'ACTIVE');
  assert.equal(statusOf('trialing'), 'ACTIVE');
  assert.equal(statusOf('canceled'), 'CANCELED');
  for (const owing of ['past_due', 'unpaid', 'incomplete', 'paused']) assert.equal(statusOf(owing), 'PAST_DUE');
});
