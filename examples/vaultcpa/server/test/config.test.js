const assert = require('node:assert/strict');
const { test } = require('node:test');
const { readConfig } = require('../src/config');

const good = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://user:password@localhost:5432/vaultcpa',
  JWT_SECRET: 'a'.repeat(32),
  JWT_REFRESH_SECRET: 'b'.repeat(32),
  FRONTEND_URL: 'https://vaultcpa.example',
};

test('fills in the defaults and drops what it does not know', () => {
  const config = readConfig({ ...good, HOME: '/root' });
  assert.equal(config.PORT, 3080);
  assert.equal(config.JWT_EXPIRES_IN, '15m');
  assert.equal(config.HOME, undefined);
});

test('names everything that is wrong at once, and no value', () => {
  const bad = { ...good, NODE_ENV: 'prod', JWT_SECRET: 'hunter2', FRONTEND_URL: 'vaultcpa', JWT_EXPIRES_IN: 'soon' };
  delete bad.DATABASE_URL;
  assert.throws(() => readConfig(bad), ({ message }) => {
    for (const name of ['NODE_ENV', 'DATABASE_URL', 'JWT_SECRET', 'FRONTEND_URL', 'JWT_EXPIRES_IN']) {
      assert.match(message, new RegExp(`- ${name} `));
    }
    assert.doesNotMatch(message, /hunter2/);
    return true;
  });
});

test('wants two different secrets', () => {
  assert.throws(
    () => readConfig({ ...good, JWT_REFRESH_SECRET: good.JWT_SECRET }),
    /JWT_REFRESH_SECRET must differ from JWT_SECRET/,
  );
});
