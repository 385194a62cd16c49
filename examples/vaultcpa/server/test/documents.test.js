const assert = require('node:assert/strict');
const { createHash, randomBytes, randomUUID } = require('node:crypto');
const { after, before, test } = require('node:test');
const { openFirm } = require('./support/firm');

let firm;
let call;
let client;
before(async () => {
  firm = await openFirm();
  call = await firm.signIn();
  client = (await call('POST', '/api/clients', { name: 'Acme Ltd' })).body.client;
});
after(() => firm.close());

const upload = (bytes, rest) =>
  call('POST', `/api/clients/${client.id}/documents`, { name: 'return.pdf', content: bytes.toString('base64'), ...rest });

test('needs a login', async () => {
  assert.equal((await firm.request('GET', '/api/documents')).status, 401);
});

test('gives back exactly the bytes it was given, with their fingerprint', async () => {
  const bytes = randomBytes(100_000);
  const uploaded = await upload(bytes, { kind: 'TAX_RETURN', taxYear: 2023, contentType: 'application/pdf' });
  assert.equal(uploaded.status, 201);
  const { document } = uploaded.body;
  assert.equal(document.sizeBytes, bytes.length);
  assert.equal(document.sha256, createHash('sha256').update(bytes).digest('hex'));
  assert.equal(document.uploadedBy.name, 'Ada');
  assert.equal(document.content, undefined);

  const { body, headers } = await call('GET', `/api/documents/${document.id}/content`);
  assert.deepEqual(body, bytes);
  assert.equal(headers.get('content-type'), 'application/pdf');
  assert.match(headers.get('content-disposition'), /attachment; filename="?return.pdf"?$/);
});

test('refuses to hand out content that changed behind its back', async () => {
  const { document } = (await upload(Buffer.from('original'))).body;
  await firm.prisma.$executeRaw`ALTER TABLE documents DISABLE TRIGGER document_fingerprint`;
  await firm.prisma.document.update({ where: { id: document.id }, data: { content: Buffer.from('tampered') } });
  await firm.prisma.$executeRaw`ALTER TABLE documents ENABLE TRIGGER document_fingerprint`;
  const { status, body } = await call('GET', `/api/documents/${document.id}/content`);
  assert.equal(status, 500);
  assert.equal(body.error, 'Internal error');
  await call('DELETE', `/api/documents/${document.id}`);
});

test('lists the documents of a client and of the firm', async () => {
  const other = (await call('POST', '/api/clients', { name: 'Other' })).body.client;
  await call('POST', `/api/clients/${other.id}/documents`, { name: 'b.txt', content: 'Yg==' });
  const ofOther = (await call('GET', `/api/clients/${other.id}/documents`)).body;
  assert.deepEqual(ofOther.documents.map(({ name }) => name), ['b.txt']);
  const all = (await call('GET', '/api/documents')).body;
  assert.equal(all.total, await firm.prisma.document.count());
  assert.equal(all.documents[0].client.name, 'Other');
  assert.equal((await call('GET', `/api/clients/${other.id}`)).body.client.documentCount, 1);
});

test('a client with documents stays until they are gone', async () => {
  const keeper = (await call('POST', '/api/clients', { name: 'Keeper' })).body.client;
  const { document } = (await call('POST', `/api/clients/${keeper.id}/documents`, { name: 'c', content: 'Yw==' })).body;
  assert.equal((await call('DELETE', `/api/clients/${keeper.id}`)).status, 409);
  assert.equal((await call('DELETE', `/api/documents/${document.id}`)).status, 204);
  assert.equal((await call('DELETE', `/api/clients/${keeper.id}`)).status, 204);
});

test('refuses what it cannot store', async () => {
  assert.equal((await upload(Buffer.from('x'), { content: 'not base64!' })).status, 400);
  assert.equal((await upload(Buffer.from('x'), { kind: 'POEM' })).status, 400);
  assert.equal((await upload(randomBytes(2_000_000))).status, 413);
  const nowhere = `/api/clients/${randomUUID()}/documents`;
  assert.equal((await call('POST', nowhere, { name: 'x', content: 'eA==' })).status, 404);
  assert.equal((await call('GET', nowhere)).status, 404);
  assert.equal((await call('GET', `/api/documents/${randomUUID()}/content`)).status, 404);
});
