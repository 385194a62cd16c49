import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connectCache } from '../src/cache.js';
import { createLogger } from '../src/logger.js';
import { startClaude } from './claude.mjs';
import { openBackend } from './support/backend.js';

const REDIS_URL = process.env.REDIS_URL;
const TIMEOUT_MS = 300;

let claude: Awaited<ReturnType<typeof startClaude>>;
let backend: Awaited<ReturnType<typeof openBackend>>;
let ada: Awaited<ReturnType<typeof backend.signUp>>;
beforeAll(async () => {
  claude = await startClaude();
  backend = await openBackend({
    CLAUDE_API_KEY: 'sk-test',
    CLAUDE_BASE_URL: claude.url,
    CLAUDE_TIMEOUT_MS: String(TIMEOUT_MS),
    ...(REDIS_URL && { REDIS_URL }),
  });
  ada = await backend.signUp('ada');
});
afterAll(async () => {
  await backend.close();
  await claude.close();
});
beforeEach(() => {
  claude.calls.length = 0;
  claude.next.length = 0;
});

async function suggestions(title = `Engine ${Math.random()}`) {
  const { body } = await ada.ask('POST', '/api/projects', { title });
  return ada.ask('POST', `/api/projects/${body.project.id}/suggestions`, { count: 2 });
}

test('asks the model and keeps what it says, without numbers', async () => {
  const { status, body } = await suggestions();
  expect(status).toBe(201);
  expect(body.ideas).toMatchObject([{ author: null }, { author: null }]);
  expect(body.ideas[0].content).toMatch(/^Idea \d/);
  expect(claude.calls).toMatchObject([{ key: 'sk-test', version: '2023-06-01' }]);
});

test('tries once more after a failure and after silence', async () => {
  claude.next.push({ status: 529 });
  expect((await suggestions()).status).toBe(201);
  claude.next.push({ status: 200, delayMs: 10 * TIMEOUT_MS });
  expect((await suggestions()).status).toBe(201);
  expect(claude.calls).toHaveLength(4);
});

test('gives up after the second failure, at once on a refusal, and counts', async () => {
  claude.next.push({ status: 500 }, { status: 503 });
  expect((await suggestions()).status).toBe(502);
  claude.next.push({ status: 401 });
  expect((await suggestions()).status).toBe(502);
  expect(claude.calls).toHaveLength(3);
  const { body } = await backend.request('GET', '/metrics');
  expect(body).toMatch(/claude_api_calls_total\{agent_name="brainstormer",status="error"\} [1-9]/);
});

test('says so when there is no key', async () => {
  const without = await openBackend();
  const { ask } = await without.signUp('ada');
  const { body } = await ask('POST', '/api/projects', { title: 'Engine' });
  expect((await ask('POST', `/api/projects/${body.project.id}/suggestions`)).status).toBe(503);
  await without.close();
});

test.skipIf(!REDIS_URL)('remembers answers in Redis', async () => {
  expect((await backend.request('GET', '/health')).body.cache).toBe('connected');
  const title = `Engine ${Math.random()}`;
  await suggestions(title);
  await suggestions(title);
  expect(claude.calls).toHaveLength(1);
});

test('goes on without a Redis that does not answer', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const cache = connectCache(`redis://127.0.0.1:${port}`, createLogger('silent'));
  await cache.set('a', 'b', 10);
  expect(await cache.get('a')).toBeUndefined();
  expect(cache.state()).toBe('disconnected');
  await cache.close();
  silent.closeAllConnections();
  silent.close();
});
