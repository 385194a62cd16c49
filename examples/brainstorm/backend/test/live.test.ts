import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBackend, openSocket } from './support/backend.js';

let backend: Awaited<ReturnType<typeof openBackend>>;
let ada: Awaited<ReturnType<typeof backend.signUp>>;
let projectId: string;
beforeAll(async () => {
  backend = await openBackend();
  ada = await backend.signUp('ada');
  const { body } = await ada.ask('POST', '/api/projects', { title: 'Engine' });
  projectId = body.project.id as string;
});
afterAll(() => backend.close());

test('tells everyone in a project of its new ideas', async () => {
  const [one, two] = await Promise.all([backend.open(), backend.open()]);
  for (const socket of [one, two]) {
    socket.send({ type: 'join', token: ada.token, projectId });
    expect(await socket.next()).toEqual({ type: 'joined', projectId });
  }
  const { body } = await ada.ask('POST', `/api/projects/${projectId}/ideas`, { content: 'Steam' });
  for (const socket of [one, two]) {
    expect(await socket.next()).toEqual({ type: 'idea', idea: body.idea });
    socket.socket.close();
  }
});

test('lets nobody in who may not see the project', async () => {
  const eve = await backend.signUp('eve');
  for (const message of [{ type: 'join', token: eve.token, projectId }, { type: 'join', token: 'x', projectId }, 'hello']) {
    const socket = await backend.open();
    socket.send(message);
    expect(await socket.closed).toBe(4401);
  }
  await expect(openSocket(backend.base.replace('http', 'ws') + '/api/elsewhere')).rejects.toThrow('404');
});

test('listens again when the database ends the connection, and tells everyone to refresh', async () => {
  const socket = await backend.open();
  socket.send({ type: 'join', token: ada.token, projectId });
  await socket.next();
  await backend.services.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'brainstorm-listener' AND datname = current_database()`,
  );
  expect(await socket.next()).toEqual({ type: 'refresh' });
  await ada.ask('POST', `/api/projects/${projectId}/ideas`, { content: 'Again' });
  expect(await socket.next()).toMatchObject({ type: 'idea', idea: { content: 'Again' } });
  socket.socket.close();
});
