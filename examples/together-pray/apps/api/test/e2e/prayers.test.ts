import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Community, openCommunity } from './community.js';

let community: Community;
before(async () => {
  community = await openCommunity();
});
after(() => community.close());

test('a prayer on the wall is seen and prayed for by everyone, once each', async () => {
  const ruth = await community.join('Ruth');
  const naomi = await community.join('Naomi');
  const { status, body } = await ruth('POST', '/api/prayers', { title: 'A safe journey', body: 'To Bethlehem' });
  assert.equal(status, 201);
  const { id } = body.prayer;

  assert.equal((await naomi('POST', `/api/prayers/${id}/pray`)).body.prayed, 1);
  assert.equal((await naomi('POST', `/api/prayers/${id}/pray`)).body.prayed, 1);
  assert.equal((await ruth('POST', `/api/prayers/${id}/pray`)).body.prayed, 2);
  assert.equal((await community.ask('POST', `/api/prayers/${id}/pray`)).status, 401);

  const wall = await community.ask('GET', '/api/prayers');
  assert.equal(wall.status, 200);
  const [seen] = wall.body.prayers;
  assert.deepEqual([seen.title, seen.author, seen.prayed, seen.answeredAt], ['A safe journey', 'Ruth', 2, null]);

  assert.equal((await naomi('POST', `/api/prayers/${id}/answered`)).status, 403);
  const { answeredAt } = (await ruth('POST', `/api/prayers/${id}/answered`)).body;
  assert.ok(Date.parse(answeredAt));
  assert.equal((await ruth('POST', `/api/prayers/${id}/answered`)).body.answeredAt, answeredAt);
});

test('what a group prays for is for its members', async () => {
  const boaz = await community.join('Boaz');
  const orpah = await community.join('Orpah');
  const { group } = (await boaz('POST', '/api/groups', { name: 'Harvest' })).body;
  const { prayer } = (await boaz('POST', '/api/prayers', { title: 'Rain', groupId: group.id })).body;
  const path = `/api/prayers?group=${group.id}`;

  for (const [method, target, payload] of [
    ['GET', path, undefined],
    ['GET', `/api/groups/${group.id}`, undefined],
    ['POST', `/api/prayers/${prayer.id}/pray`, undefined],
    ['POST', '/api/prayers', { title: 'Sun', groupId: group.id }],
  ] as const) {
    assert.equal((await orpah(method, target, payload)).status, 404, `${method} ${target}`);
  }
  assert.equal((await community.ask('GET', path)).status, 404);
  const wall = await community.ask('GET', '/api/prayers');
  assert.ok(wall.body.prayers.every(({ title }: { title: string }) => title !== 'Rain'));

  assert.equal((await orpah('POST', '/api/groups/join', { code: 'guessed' })).status, 404);
  assert.equal((await orpah('POST', '/api/groups/join', { code: group.inviteCode })).status, 200);
  assert.equal((await orpah('POST', '/api/groups/join', { code: group.inviteCode })).status, 200);
  assert.equal((await orpah('GET', `/api/groups/${group.id}`)).body.group.members, 2);
  assert.equal((await orpah('GET', path)).body.prayers[0].title, 'Rain');
  assert.deepEqual((await orpah('GET', '/api/groups')).body.groups.map(({ name }: { name: string }) => name), ['Harvest']);
});

test('what is no id, no length and no page is refused', async () => {
  const miriam = await community.join('Miriam');
  assert.equal((await miriam('POST', '/api/prayers/1/pray')).status, 400);
  assert.equal((await miriam('POST', '/api/prayers', { title: 'x'.repeat(121) })).status, 400);
  assert.equal((await miriam('GET', '/api/prayers?limit=1000')).status, 400);
});
