import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '../src/config.js';
import { SECRETS } from './support/backend.js';

const least = { DATABASE_URL: 'postgresql://localhost/brainstorm', ...SECRETS };

test('needs a database and two secrets, and has a default for the rest', () => {
  expect(readConfig(least)).toMatchObject({ PORT: 3001, DB_POOL_MAX: 10, CLAUDE_BASE_URL: 'https://api.anthropic.com' });
});

test('takes an empty variable for one that is not set', () => {
  expect(readConfig({ ...least, REDIS_URL: '', PORT: '' })).toMatchObject({ PORT: 3001 });
});

test('names everything that is wrong at once, and no value', () => {
  const wrong = { JWT_SECRET: 'too-short', JWT_REFRESH_SECRET: 'too-short', PORT: 'http', REDIS_URL: 'localhost', DB_POOL_MIN: '20' };
  const read = () => readConfig(wrong);
  expect(read).toThrow(ConfigError);
  for (const name of ['DATABASE_URL: is missing', 'JWT_SECRET', 'JWT_REFRESH_SECRET: must differ', 'PORT', 'REDIS_URL']) {
    expect(read).toThrow(name);
  }
  expect(read).not.toThrow('too-short');
});

test('the secrets differ and the pool is no smaller than its least', () => {
  expect(() => readConfig({ ...least, JWT_REFRESH_SECRET: least.JWT_SECRET })).toThrow('must differ from JWT_SECRET');
  expect(() => readConfig({ ...least, DB_POOL_MIN: '20' })).toThrow('must not exceed DB_POOL_MAX');
});
