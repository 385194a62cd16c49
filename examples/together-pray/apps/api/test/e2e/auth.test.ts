import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Community, openCommunity } from './community.js';

let community: Community;
before(async () => {
  community = await openCommunity();
});
after(() => community.close());

const RUTH = { email: 'Ruth@Example.com', name: 'Ruth', password: 'at least ten characters' };

test('whoever registers can sign in, ask who they are and go on with a new token', async () => {
  const { ask } = community;
  const made = await ask('POST', '/api/auth/register', RUTH);
  assert.equal(made.status, 201);
  assert.equal(made.body.user.email, 'ruth@example.com');
  assert.equal((await ask('POST', '/api/auth/register', { ...RUTH, email: 'ruth@example.com' })).status, 409);

  const login = await ask('POST', '/api/auth/login', { email: 'ruth@example.com', password: RUTH.password });
  assert.equal(login.status, 200);
  const next = await ask('POST', '/api/auth/refresh', { refreshToken: login.body.refreshToken });
  assert.equal(next.status, 200);
  const me = await ask('GET', '/api/auth/me', undefined, next.body.accessToken);
  assert.deepEqual([me.status, me.body.name, me.body.passwordHash], [200, 'Ruth', undefined]);
});

test('nobody gets in with a wrong password, without a token, or with the wrong kind of one', async () => {
  const { ask } = community;
  for (const email of ['ruth@example.com', 'nobody@example.com']) {
    assert.equal((await ask('POST', '/api/auth/login', { email, password: 'not the right one' })).status, 401);
  }
  assert.equal((await ask('GET', '/api/auth/me')).status, 401);
  const { body } = await ask('POST', '/api/auth/login', { email: 'ruth@example.com', password: RUTH.password });
  assert.equal((await ask('GET', '/api/auth/me', undefined, body.refreshToken)).status, 401);
  assert.equal((await ask('POST', '/api/auth/refresh', { refreshToken: body.accessToken })).status, 401);
});

test('what is missing or not known is named', async () => {
  const { status, body } = await community.ask('POST', '/api/auth/register', { email: 'x', password: 'short', admin: true });
  assert.equal(status, 400);
  for (const word of ['email', 'password', 'name', 'admin']) {
    assert.ok(body.message.some((line: string) => line.includes(word)), `${word} is not in ${body.message}`);
  }
});

test('guesses are limited', async () => {
  const guess = () => community.ask('POST', '/api/auth/login', { email: 'ruth@example.com', password: 'a guess' });
  const answers = await Promise.all(Array.from({ length: 25 }, guess));
  assert.ok(answers.some(({ status }) => status === 429));
});
