import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { ConfigService } from '@nestjs/config';
import { envelopeUrl, SentryReporter } from '../src/errors/sentry.js';

test('the address of envelopes is made from the DSN', () => {
  assert.equal(
    envelopeUrl('https://key@o1.ingest.sentry.io/42'),
    'https://o1.ingest.sentry.io/api/42/envelope/?sentry_version=7&sentry_key=key',
  );
  assert.equal(
    envelopeUrl('http://key@localhost:9000/sentry/7'),
    'http://localhost:9000/sentry/api/7/envelope/?sentry_version=7&sentry_key=key',
  );
});

test('an error arrives as an envelope', async () => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const asked = once(server, 'request') as Promise<[http.IncomingMessage, http.ServerResponse]>;
    const settings = { SENTRY_DSN: `http://key@127.0.0.1:${port}/42`, NODE_ENV: 'test' };
    new SentryReporter(new ConfigService(settings)).report(new TypeError('no such thing'), 'GET /api/prayers');
    const [request, response] = await asked;
    const [header, item, event] = (await text(request)).split('\n').map((line) => JSON.parse(line));
    response.end('{}');
    assert.deepEqual([item.type, header.event_id], ['event', event.event_id]);
    assert.deepEqual(event.exception.values, [{ type: 'TypeError', value: 'no such thing' }]);
    assert.equal(event.transaction, 'GET /api/prayers');
  } finally {
    server.close();
  }
});

test('without a DSN nothing is sent', (t) => {
  const fetch = t.mock.method(globalThis, 'fetch');
  new SentryReporter(new ConfigService({ NODE_ENV: 'test' })).report(new Error('x'), 'GET /');
  assert.equal(fetch.mock.callCount(), 0);
});
