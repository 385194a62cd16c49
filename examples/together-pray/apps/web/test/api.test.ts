import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ApiError, callApi } from '../lib/api.ts';

async function withServer(answer: http.RequestListener, use: (base: string) => Promise<void>) {
  const server = http.createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test('asks below /api, as whoever is signed in', async () => {
  await withServer(
    (request, response) => {
      const { url, method, headers } = request;
      response.end(JSON.stringify({ url, method, authorization: headers.authorization }));
    },
    async (base) => {
      const answer = await callApi(`${base}/`, 'GET', '/prayers', { token: 'abc' });
      assert.deepEqual(answer, { url: '/api/prayers', method: 'GET', authorization: 'Bearer abc' });
    },
  );
});

test('a refusal is an error with the status and every message', async () => {
  await withServer(
    (_request, response) => response.writeHead(400).end(JSON.stringify({ message: ['no name', 'no e-mail'] })),
    async (base) => {
      await assert.rejects(callApi(base, 'POST', '/groups', { body: {} }), (error) => {
        assert.ok(error instanceof ApiError);
        assert.deepEqual([error.status, error.message], [400, 'no name; no e-mail']);
        return true;
      });
    },
  );
});

test('a server that is away is an error with status 0', async () => {
  let gone = '';
  await withServer(() => {}, async (base) => {
    gone = base;
  });
  await assert.rejects(callApi(gone, 'GET', '/prayers'), { status: 0 });
});
