import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, passwordMatches } from '../src/auth/passwords.js';

test('a password matches its own hash only', async () => {
  const hash = await hashPassword('lead me beside still waters');
  assert.equal(await passwordMatches('lead me beside still waters', hash), true);
  assert.equal(await passwordMatches('lead me beside still water', hash), false);
  assert.notEqual(hash, await hashPassword('lead me beside still waters'));
});

test('what is no hash matches nothing', async () => {
  for (const hash of ['', ':', 'abc']) assert.equal(await passwordMatches('', hash), false);
});
