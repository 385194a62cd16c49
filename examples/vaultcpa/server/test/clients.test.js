const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');
const { after, before, test } = require('node:test');
const { openFirm } = require('./support/firm');

let firm;
let call;
before(async () => {
  firm = await openFirm();
  call = await firm.signIn();
});
after(() => firm.close());

test('needs a login', async () => {
  assert.equal((await firm.request('GET', '/api/clients')).status, 401);
  assert.equal((await firm.request('POST', '/api/clients', { body: { name: 'X' } })).status, 401);
});

test('a client is created, read, changed and deleted', async () => {
  const created = await call('POST', '/api/clients', { name: ' Acme Ltd ', email: 'Office@Acme.example', taxId: '12-3456789' });
  assert.equal(created.status, 201);
  const { client } = created.body;
  assert.equal(client.name, 'Acme Ltd');
  assert.equal(client.email, 'office@acme.example');
  assert.equal(client.status, 'ACTIVE');

  const read = await call('GET', `/api/clients/${client.id}`);
  assert.deepEqual(read.body.client, { ...client, documentCount: 0 });

  const changed = await call('PATCH', `/api/clients/${client.id}`, { status: 'ARCHIVED', notes: 'Closed in May' });
  assert.equal(changed.body.client.status, 'ARCHIVED');
  assert.equal(changed.body.client.name, 'Acme Ltd');

  assert.equal((await call('DELETE', `/api/clients/${client.id}`)).status, 204);
  assert.equal((await call('GET', `/api/clients/${client.id}`)).status, 404);
  assert.equal((await call('DELETE', `/api/clients/${client.id}`)).status, 404);
  assert.equal((await call('PATCH', `/api/clients/${client.id}`, { notes: '' })).status, 404);
});

test('says everything that is wrong with the input', async () => {
  const { status, body } = await call('POST', '/api/clients', { name: ' ', email: 'x', taxId: '1', owner: 'me' });
  assert.equal(status, 400);
  assert.deepEqual(body.details.map(({ field }) => field).toSorted(), ['email', 'name', 'owner', 'taxId']);

  assert.equal((await call('PATCH', `/api/clients/${randomUUID()}`, {})).status, 400);
  assert.equal((await call('GET', '/api/clients/not-an-id')).status, 400);
  assert.equal((await call('GET', '/api/clients?limit=0')).status, 400);
  const malformed = await fetch(`${firm.base}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"email":',
  });
  assert.equal(malformed.status, 400);
});

test('no two clients share a tax id', async () => {
  assert.equal((await call('POST', '/api/clients', { name: 'One', taxId: '98-7654321' })).status, 201);
  const { status, body } = await call('POST', '/api/clients', { name: 'Two', taxId: '98-7654321' });
  assert.equal(status, 409);
  assert.match(body.error, /tax id/);
  const other = (await call('POST', '/api/clients', { name: 'Three' })).body.client;
  assert.equal((await call('PATCH', `/api/clients/${other.id}`, { taxId: '98-7654321' })).status, 409);
});

test('the list is searched, filtered and cut into pages, and every row is counted', async () => {
  const names = Array.from({ length: 25 }, (_, i) => `Paged ${String(i).padStart(2, '0')}`);
  for (const name of names) await call('POST', '/api/clients', { name });

  const seen = [];
  for (let offset = 0; offset < 25; offset += 10) {
    const { body } = await call('GET', `/api/clients?q=paged&limit=10&offset=${offset}`);
    assert.equal(body.total, 25);
    seen.push(...body.clients.map(({ name }) => name));
  }
  assert.deepEqual(seen, names);
  assert.equal((await call('GET', '/api/clients?q=paged&status=ARCHIVED')).body.total, 0);
});
