const assert = require('node:assert/strict');
const http = require('node:http');
const { test } = require('node:test');
const express = require('express');
const { createDrain } = require('../src/drain');

async function slowServer() {
  const drain = createDrain();
  const app = express();
  app.use(drain.middleware);
  let arrived;
  const underway = new Promise((resolve) => {
    arrived = resolve;
  });
  let finish;
  app.get('/slow', (req, res) => {
    finish = () => res.json({ done: true });
    arrived();
  });
  app.get('/fast', (req, res) => res.json({ done: true }));
  const server = http.createServer(app);
  server.keepAliveTimeout = 75_000;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { base: `http://127.0.0.1:${server.address().port}`, drain, server, underway, finish: () => finish() };
}

function get(url, agent) {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (res) => res.resume().on('end', () => resolve(res)))
      .on('error', reject);
  });
}

test('answers what is in flight, closes what is idle, refuses what is new', async () => {
  const { base, drain, server, underway, finish } = await slowServer();
  const agent = new http.Agent({ keepAlive: true });

  const idle = await get(`${base}/fast`, agent);
  assert.equal(idle.headers.connection, 'keep-alive');
  const busy = get(`${base}/slow`, new http.Agent({ keepAlive: true }));
  await underway;

  const drained = drain.run(server, 60_000);
  await assert.rejects(get(`${base}/fast`, new http.Agent()), { code: 'ECONNREFUSED' });
  finish();
  const answer = await busy;
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers.connection, 'close');
  assert.equal(await drained, true);
});

test('cuts off at the limit what does not end', async () => {
  const { base, drain, server, underway } = await slowServer();
  const stuck = get(`${base}/slow`, new http.Agent());
  stuck.catch(() => {});
  await underway;
  assert.equal(await drain.run(server, 50), false);
  await assert.rejects(stuck, { code: 'ECONNRESET' });
});
