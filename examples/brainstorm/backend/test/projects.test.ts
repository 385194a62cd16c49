import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBackend } from './support/backend.js';

let backend: Awaited<ReturnType<typeof openBackend>>;
let ada: Awaited<ReturnType<typeof backend.signUp>>;
let eve: Awaited<ReturnType<typeof backend.signUp>>;
beforeAll(async () => {
  backend = await openBackend();
  ada = await backend.signUp('ada');
  eve = await backend.signUp('eve');
});
afterAll(() => backend.close());

async function project() {
  const { status, body } = await ada.ask('POST', '/api/projects', { title: 'Engine' });
  expect(status).toBe(201);
  return `/api/projects/${body.project.id}`;
}

test('projects are made, changed, listed and removed', async () => {
  const at = await project();
  const changed = await ada.ask('PATCH', at, { description: 'An analytical one' });
  expect(changed.body.project).toMatchObject({ title: 'Engine', description: 'An analytical one', owned: true });
  expect((await ada.ask('GET', '/api/projects')).body.projects[0]).toEqual(changed.body.project);
  expect((await ada.ask('DELETE', at)).status).toBe(204);
  expect((await ada.ask('GET', at)).status).toBe(404);
});

test('ideas are written, changed, voted for and removed', async () => {
  const at = await project();
  const { body } = await ada.ask('POST', `${at}/ideas`, { content: ' Punched cards ' });
  expect(body.idea).toMatchObject({ content: 'Punched cards', author: 'ada', votes: 0 });
  const idea = `/api/ideas/${body.idea.id}`;
  await ada.ask('PATCH', idea, { content: 'Punched paper' });
  await ada.ask('POST', `${idea}/votes`);
  expect((await ada.ask('GET', `${at}/ideas`)).body.ideas).toMatchObject([{ content: 'Punched paper', votes: 1 }]);
  expect((await ada.ask('DELETE', idea)).status).toBe(204);
  expect((await ada.ask('GET', `${at}/ideas`)).body.ideas).toEqual([]);
});

test('only members see a project, and only its owner changes it', async () => {
  const at = await project();
  const { body } = await ada.ask('POST', `${at}/ideas`, { content: 'Steam' });
  for (const [method, target] of [['GET', at], ['GET', `${at}/ideas`], ['DELETE', `/api/ideas/${body.idea.id}`]] as const) {
    expect((await eve.ask(method, target)).status).toBe(404);
  }
  expect((await ada.ask('POST', `${at}/members`, { email: 'nobody@example.com' })).status).toBe(404);
  expect((await ada.ask('POST', `${at}/members`, { email: 'Eve@example.com' })).status).toBe(204);
  expect((await eve.ask('GET', at)).body.project.owned).toBe(false);
  expect((await eve.ask('POST', `${at}/ideas`, { content: 'Water' })).status).toBe(201);
  expect((await eve.ask('DELETE', at)).status).toBe(404);
});

test('refuses what is malformed, too large or not there', async () => {
  expect((await ada.ask('POST', '/api/projects', { title: '' })).status).toBe(400);
  expect((await ada.ask('GET', '/api/projects/1')).status).toBe(400);
  expect((await ada.ask('POST', '/api/projects', { title: 'x'.repeat(40_000) })).status).toBe(413);
  expect((await ada.ask('GET', '/api/nothing')).status).toBe(404);
});
