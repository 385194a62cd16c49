// A whole API on a database of its own: created on the server that DATABASE_URL names, migrated, and dropped at the end.
const { execFile } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const http = require('node:http');
const path = require('node:path');
const { promisify } = require('node:util');
const dotenv = require('dotenv');
const { createApi } = require('../../src/api');
const { readConfig } = require('../../src/config');
const { connectDatabase } = require('../../src/database');
const { createDrain } = require('../../src/drain');
const { createLogger } = require('../../src/logger');

const run = promisify(execFile);
const SERVER_ROOT = path.join(__dirname, '..', '..');

const ADMIN = { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' };

async function openFirm() {
  dotenv.config({ quiet: true, path: path.join(SERVER_ROOT, '.env') });
  const home = process.env.DATABASE_URL;
  if (!home) throw new Error('DATABASE_URL must name a PostgreSQL server on which the tests may create a database');

  const logger = createLogger('silent');
  const name = `vaultcpa_test_${randomUUID().replaceAll('-', '')}`;
  const url = Object.assign(new URL(home), { pathname: `/${name}` }).href;
  const keeper = connectDatabase(home, logger);
  await keeper.$executeRawUnsafe(`CREATE DATABASE ${name}`);
  await run(path.join(SERVER_ROOT, 'node_modules/.bin/prisma'), ['migrate', 'deploy'], {
    cwd: SERVER_ROOT,
    env: { ...process.env, DATABASE_URL: url },
  });

  const config = readConfig({
    NODE_ENV: 'test',
    DATABASE_URL: url,
    JWT_SECRET: 'access'.repeat(6),
    JWT_REFRESH_SECRET: 'refresh'.repeat(6),
    FRONTEND_URL: 'http://localhost:3000',
  });
  const prisma = connectDatabase(url, logger);
  const drain = createDrain();
  const server = http.createServer(createApi({ config, prisma, logger, drain }));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${server.address().port}`;

  return {
    base,
    drain,
    prisma,
    server,
    request: (method, target, options) => request(base, method, target, options),
    async signIn() {
      await request(base, 'POST', '/api/auth/setup', { body: ADMIN });
      const { body } = await request(base, 'POST', '/api/auth/login', { body: ADMIN_LOGIN });
      return (method, target, payload) => request(base, method, target, { body: payload, token: body.accessToken });
    },
    async close() {
      await drain.run(server, 1_000);
      await prisma.$disconnect();
      await keeper.$executeRawUnsafe(`DROP DATABASE ${name} WITH (FORCE)`);
      await keeper.$disconnect();
    },
  };
}

const ADMIN_LOGIN = { email: ADMIN.email, password: ADMIN.password };

async function request(base, method, target, { body, token, headers } = {}) {
  const response = await fetch(base + target, {
    method,
    headers: {
      ...(body && { 'Content-Type': 'application/json' }),
      ...(token && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: body && JSON.stringify(body),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const json = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(bytes) : bytes };
}

module.exports = { ADMIN, ADMIN_LOGIN, openFirm };
