import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
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
  assert.deepEqual(await healthOnce(503), ['unhealthy', 'disconnected']);
  await community.database.allow(true);
  assert.deepEqual(await healthOnce(200), ['healthy', 'connected']);
});

/** What health says once it answers with this status: a pool notices a connection that ended only when it next meets it. */
async function healthOnce(status: number) {
  for (let tries = 1; ; tries += 1) {
    const answer = await community.ask('GET', '/health');
    if (answer.status === status) return [answer.body.status, answer.body.database];
    assert.ok(tries < 50, `health still answers ${answer.status}, not ${status}`);
    await delay(100);
  }
}
