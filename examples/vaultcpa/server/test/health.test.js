const assert = require('node:assert/strict');
const http = require('node:http');
const net = require('node:net');
const { after, before, test } = require('node:test');
const { createApi } = require('../src/api');
const { connectDatabase } = require('../src/database');
const { createDrain } = require('../src/drain');
const { createLogger } = require('../src/logger');
const { openFirm } = require('./support/firm');

let firm;
before(async () => {
  firm = await openFirm();
});
after(() => firm.close());

test('is healthy while the database answers', async () => {
  const { status, body } = await firm.request('GET', '/health');
  assert.equal(status, 200);
  assert.equal(body.status, 'healthy');
  assert.equal(body.database, 'connected');
  assert.ok(body.uptime > 0);
  assert.ok(!Number.isNaN(Date.parse(body.timestamp)));
});

test('answers 503 in time when the database is silent', async () => {
  // Accepts connections and never says a word, as a hanging database does.
  const silent = net.createServer(() => {}).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const logger = createLogger('silent');
  const prisma = connectDatabase(`postgresql://u:p@127.0.0.1:${silent.address().port}/none`, logger);
  const config = { FRONTEND_URL: 'http://localhost:3000' };
  const server = http.createServer(createApi({ config, prisma, logger, drain: createDrain() })).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));

  const response = await fetch(`http://127.0.0.1:${server.address().port}/health`);
  assert.equal(response.status, 503);
  const body = await response.json();
  assert.equal(body.status, 'unhealthy');
  assert.equal(body.database, 'disconnected');

  server.close();
  server.closeAllConnections();
  silent.close();
  await prisma.$disconnect();
});

test('keeps the id the proxy gave a request', async () => {
  const { headers } = await firm.request('GET', '/health', { headers: { 'X-Request-Id': 'from-the-proxy' } });
  assert.equal(headers.get('x-request-id'), 'from-the-proxy');
  const odd = await firm.request('GET', '/health', { headers: { 'X-Request-Id': 'a b"c' } });
  assert.match(odd.headers.get('x-request-id'), /^[0-9a-f-]{36}$/);
});
