import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsSchema } from '../src/settings.js';

const GOOD = {
  DATABASE_URL: 'postgresql://user:password@host.neon.tech/db?sslmode=require',
  JWT_SECRET: 'access'.repeat(6),
  JWT_REFRESH_SECRET: 'refresh'.repeat(6),
  FRONTEND_URL: 'https://pray.example',
};

const problems = (env: object) =>
  settingsSchema.validate(env, { abortEarly: false }).error?.details.map((detail) => detail.path.join('.')) ?? [];

test('what has a default may be left out', () => {
  const { error, value } = settingsSchema.validate(GOOD);
  assert.equal(error, undefined);
  assert.deepEqual([value.NODE_ENV, value.PORT, value.THROTTLE_LIMIT], ['development', 3001, 3000]);
});

test('everything that is wrong is named at once', () => {
  const wrong = { ...GOOD, PORT: 'http', JWT_SECRET: 'short', DATABASE_URL: 'mysql://host/db', FRONTEND_URL: undefined };
  assert.deepEqual(problems(wrong).sort(), ['DATABASE_URL', 'FRONTEND_URL', 'JWT_SECRET', 'PORT']);
});

test('the two secrets must differ', () => {
  assert.deepEqual(problems({ ...GOOD, JWT_REFRESH_SECRET: GOOD.JWT_SECRET }), ['JWT_REFRESH_SECRET']);
});
