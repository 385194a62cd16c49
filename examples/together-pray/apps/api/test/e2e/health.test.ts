import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Community, openCommunity } from './community.js';

let community: Community;
before(async () => {
  community = await openCommunity();
});
after(() => community.close());

test('health is outside of the API and tells of the database', async () => {
  const { status, body, headers } = await community.ask('GET', '/health');
  assert.deepEqual([status, body.status, body.database], [200, 'healthy', 'connected']);
  assert.ok(body.uptime > 0 && Date.parse(body.timestamp));
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal((await community.ask('GET', '/api/health')).status, 404);
});

test('without its database it is unwell, and well again with it', async () => {
  await community.database.allow(false);
  const { status, body } = await community.ask('GET', '/health');
  assert.deepEqual([status, body.status, body.database], [503, 'unhealthy', 'disconnected']);
  await community.database.allow(true);
  assert.equal((await community.ask('GET', '/health')).status, 200);
});
