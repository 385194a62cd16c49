import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, verifyPassword } from '../../src/server/lib/passwords.ts';

test('knows a password again and no other', async () => {
  const stored = await hashPassword('correct horse battery');
  assert.doesNotMatch(stored, /horse/);
  assert.notEqual(stored, await hashPassword('correct horse battery'));
  assert.equal(await verifyPassword('correct horse battery', stored), true);
  assert.equal(await verifyPassword('correct horse batterz', stored), false);
});
