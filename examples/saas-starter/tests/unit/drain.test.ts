import assert from 'node:assert/strict';
import express from 'express';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Drain } from '../../src/server/lib/drain.ts';

async function slowServer() {
  const drain = new Drain();
  const app = express();
  app.use(drain.middleware);
  let finish = () => {};
  const underway = new Promise<void>((arrived) => {
    app.get('/slow', (_req, res) => {
      finish = () => res.json({ done: true });
      arrived();
    });
  });
  app.get('/fast', (_req, res) => {
    res.json({ done: true });
  });
  const server = http.createServer(app);
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { base, drain, server, underway, finish: () => finish() };
}

function get(url: string, agent: http.Agent): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    http.get(url, { agent }, (res) => res.resume().on('end', () => resolve(res))).on('error', reject);
  });
}

test('answers what is in flight, closes what is idle, refuses what is new', async () => {
  const { base, drain, server, underway, finish } = await slowServer();
  const idle = await get(`${base}/fast`, new http.Agent({ keepAlive: true }));
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
