import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from '../../src/server/config.ts';

const good = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://user:password@localhost:5432/saas',
  REDIS_URL: 'redis://localhost:6379',
  JWT_SECRET: 'a'.repeat(32),
};

function problems(env: NodeJS.ProcessEnv): string {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return assert.fail('it was accepted');
}

test('fills in the defaults, with both features off', () => {
  const config = readConfig({ ...good, HOME: '/root', PORT: '' });
  assert.equal(config.port, 3000);
  assert.equal(config.jwt.expirySeconds, 7 * 86_400);
  assert.equal(config.clientBaseUrl, 'http://localhost:5173');
  assert.equal(config.payment, undefined);
  assert.equal(config.email, undefined);
});

test('names everything that is wrong at once, and no value', () => {
  const message = problems({
    NODE_ENV: 'prod',
    REDIS_URL: 'http://elsewhere',
    JWT_SECRET: 'hunter2',
    JWT_EXPIRY: 'soon',
    PORT: 'http',
    CLIENT_BASE_URL: 'app',
    ENABLE_EMAIL: 'true',
  });
  const names = ['NODE_ENV', 'DATABASE_URL', 'REDIS_URL', 'JWT_SECRET', 'JWT_EXPIRY', 'PORT', 'CLIENT_BASE_URL'];
  for (const name of names) assert.match(message, new RegExp(`^  - ${name} `, 'm'));
  assert.match(message, /DATABASE_URL is required/);
  assert.match(message, /JWT_SECRET must have at least 32 characters/);
  assert.match(message, /SENDGRID_API_KEY is required when ENABLE_EMAIL is true/);
  assert.doesNotMatch(message, /hunter2/);
});

test('wants the keys of a feature only when it is on', () => {
  const message = problems({ ...good, ENABLE_PAYMENT: 'true' });
  assert.match(message, /STRIPE_SECRET_KEY is required when ENABLE_PAYMENT is true/);
  assert.match(message, /STRIPE_WEBHOOK_SECRET is required when ENABLE_PAYMENT is true/);
  const keys = { ENABLE_PAYMENT: 'true', STRIPE_SECRET_KEY: 'sk_1', STRIPE_WEBHOOK_SECRET: 'whsec_1' };
  assert.deepEqual(readConfig({ ...good, ...keys }).payment, {
    secretKey: 'sk_1',
    webhookSecret: 'whsec_1',
    apiBase: 'https://api.stripe.com',
  });
});
