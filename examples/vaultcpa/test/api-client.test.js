import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { ApiError, createApiClient } from '../lib/api-client.js';

const seen = [];
let server;
let base;

before(async () => {
  server = http.createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    seen.push({ method: req.method, url: req.url, type: req.headers['content-type'], body });
    const answers = {
      '/api/clients': [200, '{"clients":[]}'],
      '/api/auth/logout': [204, ''],
      '/api/invalid': [400, '{"error":"Some fields are not valid","details":[{"field":"name","message":"name is required"}]}'],
      '/api/proxy': [502, '<html>Bad gateway</html>'],
    };
    const [status, text] = answers[req.url];
    res.writeHead(status).end(text);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

test('calls below /api and returns the JSON', async () => {
  assert.deepEqual(await createApiClient(`${base}/`)('GET', '/clients'), { clients: [] });
  assert.deepEqual(seen.at(-1), { method: 'GET', url: '/api/clients', type: undefined, body: '' });
  await createApiClient(base)('POST', '/clients', { name: 'Acme' });
  assert.deepEqual(seen.at(-1), { method: 'POST', url: '/api/clients', type: 'application/json', body: '{"name":"Acme"}' });
});

test('an empty answer is no error', async () => {
  assert.equal(await createApiClient(base)('POST', '/auth/logout'), null);
});

test('carries the status, the message and the details of a refusal', async () => {
  await assert.rejects(createApiClient(base)('POST', '/invalid', {}), (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status, 400);
    assert.equal(error.message, 'Some fields are not valid');
    assert.deepEqual(error.details.map(({ field }) => field), ['name']);
    return true;
  });
});

test('says so when something else than the API answers, or nothing', async () => {
  await assert.rejects(createApiClient(base)('GET', '/proxy'), { status: 502, message: 'The server answered 502' });
  const closed = http.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address();
  await new Promise((resolve) => closed.close(resolve));
  await assert.rejects(createApiClient(`http://127.0.0.1:${port}`)('GET', '/clients'), { status: 0 });
});
