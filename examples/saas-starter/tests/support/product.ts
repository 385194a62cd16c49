// A whole API on a database of its own: created on the server that DATABASE_URL names, migrated, and dropped at the end.
// Stripe and SendGrid are stood in for; Redis is the one that REDIS_URL names, with keys that no other run has.
import dotenv from 'dotenv';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { createApp } from '../../src/server/app.ts';
import { readConfig } from '../../src/server/config.ts';
import { Drain } from '../../src/server/lib/drain.ts';
import { createLogger } from '../../src/server/lib/logger.ts';
import { connectDatabase } from '../../src/server/lib/prisma.ts';
import { connectCache } from '../../src/server/lib/redis.ts';
import { sign } from '../../src/server/lib/stripe-signature.ts';
import { standIn } from './stand-in.ts';

const run = promisify(execFile);
const WEBHOOK_SECRET = 'whsec_tests';
export const PASSWORD = 'correct horse battery';

interface Options {
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
}

export async function openProduct({ payment = true } = {}) {
  dotenv.config({ quiet: true });
  const { DATABASE_URL: home, REDIS_URL: redisUrl } = process.env;
  if (!home) throw new Error('DATABASE_URL must name a PostgreSQL server on which the tests may create a database');
  if (!redisUrl) throw new Error('REDIS_URL must name a Redis server');

  const logger = createLogger('silent');
  const name = `saas_test_${randomUUID().replaceAll('-', '')}`;
  const url = Object.assign(new URL(home), { pathname: `/${name}` }).href;
  const keeper = connectDatabase(home, logger);
  await keeper.$executeRawUnsafe(`CREATE DATABASE ${name}`);
  await run('node_modules/.bin/prisma', ['migrate', 'deploy'], { env: { ...process.env, DATABASE_URL: url } });

  const stripe = await standIn();
  const sendgrid = await standIn();
  const config = readConfig({
    NODE_ENV: 'test',
    DATABASE_URL: url,
    REDIS_URL: redisUrl,
    JWT_SECRET: randomUUID(),
    CLIENT_BASE_URL: 'https://app.example.com/',
    ENABLE_PAYMENT: String(payment),
    STRIPE_SECRET_KEY: 'sk_tests',
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    STRIPE_API_BASE: stripe.url,
    ENABLE_EMAIL: 'true',
    SENDGRID_API_KEY: 'SG.tests',
    SENDGRID_API_BASE: sendgrid.url,
  });
  const prisma = connectDatabase(url, logger);
  const redis = connectCache(redisUrl, logger);
  const drain = new Drain();
  const server = createServer(createApp({ config, prisma, redis, logger, drain }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const ask = (method: string, path: string, options?: Options) => request(base, method, path, options);
  return {
    ask,
    base,
    drain,
    prisma,
    stripe,
    sendgrid,
    /** A new account with an address that nobody else has. */
    async register() {
      const email = `${randomUUID()}@example.com`;
      const { status, body } = await ask('POST', '/api/auth/register', {
        body: { email, name: 'Ada', password: PASSWORD },
      });
      if (status !== 201) throw new Error(`registering answered ${status}`);
      return { email, id: body.user.id as string, token: body.token as string };
    },
    /** Delivers an event as Stripe does. */
    deliver(event: unknown, secret = WEBHOOK_SECRET) {
      const body = JSON.stringify(event);
      const signature = sign(body, secret, Math.floor(Date.now() / 1_000));
      return ask('POST', '/api/webhooks/stripe', { body: event, headers: { 'Stripe-Signature': signature } });
    },
    async close() {
      await drain.run(server, 1_000);
      await Promise.all([prisma.$disconnect(), redis.quit(), stripe.close(), sendgrid.close()]);
      await keeper.$executeRawUnsafe(`DROP DATABASE ${name} WITH (FORCE)`);
      await keeper.$disconnect();
    },
  };
}

export type Product = Awaited<ReturnType<typeof openProduct>>;

async function request(base: string, method: string, path: string, { body, token, headers }: Options = {}) {
  const response = await fetch(base + path, {
    method,
    headers: {
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const content = await response.text();
  return { status: response.status, headers: response.headers, body: content ? JSON.parse(content) : undefined };
}
