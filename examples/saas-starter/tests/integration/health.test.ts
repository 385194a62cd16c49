import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { createApp } from '../../src/server/app.ts';
import { readConfig } from '../../src/server/config.ts';
import { Drain } from '../../src/server/lib/drain.ts';
import { createLogger } from '../../src/server/lib/logger.ts';
import { connectDatabase } from '../../src/server/lib/prisma.ts';
import { connectCache } from '../../src/server/lib/redis.ts';
import { type Product, openProduct } from '../support/product.ts';

let product: Product;
before(async () => {
  product = await openProduct();
});
after(() => product.close());

test('is healthy while both datastores answer', async () => {
  const { status, body } = await product.ask('GET', '/health');
  assert.equal(status, 200);
  assert.equal(body.status, 'healthy');
  assert.equal(body.database, 'connected');
  assert.equal(body.cache, 'connected');
  assert.ok(body.uptime > 0);
  assert.ok(!Number.isNaN(Date.parse(body.timestamp)));
});

test('answers 503 in time when both are silent', async () => {
  // Accepts connections and never says a word, as a hanging datastore does.
  const held: net.Socket[] = [];
  const silent = net.createServer((socket) => held.push(socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const at = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const logger = createLogger('silent');
  const config = readConfig({
    DATABASE_URL: `postgresql://u:p@${at}/none`,
    REDIS_URL: `redis://${at}`,
    JWT_SECRET: 'a'.repeat(32),
  });
  const prisma = connectDatabase(config.databaseUrl, logger);
  const redis = connectCache(config.redisUrl, logger);
  const app = createApp({ config, prisma, redis, logger, drain: new Drain() });
  const server = createHttpServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));

  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/health`);
  assert.equal(response.status, 503);
  const body = (await response.json()) as Record<string, unknown>;
  assert.equal(body.status, 'unhealthy');
  assert.equal(body.database, 'disconnected');
  assert.equal(body.cache, 'disconnected');

  server.close();
  server.closeAllConnections();
  redis.disconnect();
  silent.close();
  for (const socket of held) socket.destroy();
  await prisma.$disconnect();
});

test('keeps the id the proxy gave a request', async () => {
  const { headers } = await product.ask('GET', '/health', { headers: { 'X-Request-Id': 'from-the-proxy' } });
  assert.equal(headers.get('x-request-id'), 'from-the-proxy');
  const odd = await product.ask('GET', '/health', { headers: { 'X-Request-Id': 'a b"c' } });
  assert.match(odd.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
});
