import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../src/logger.js';
import { createReporter } from '../src/reporter.js';
import { startClaude } from './claude.mjs';
import { openBackend } from './support/backend.js';

test('is healthy while the database answers, with or without a cache', async () => {
  const backend = await openBackend({ REDIS_URL: 'redis://127.0.0.1:1' });
  onTestFinished(() => backend.close());
  const { status, headers, body } = await backend.request('GET', '/health');
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body).toMatchObject({ status: 'healthy', database: 'connected', cache: 'disconnected' });
  expect(Date.parse(body.timestamp)).toBeGreaterThan(0);

  await backend.services.database.end();
  const sick = await backend.request('GET', '/health');
  expect([sick.status, sick.body.status]).toEqual([503, 'unhealthy']);
  backend.services.database.end = () => Promise.resolve();
});

test('counts requests by route, never by address', async () => {
  const backend = await openBackend();
  onTestFinished(() => backend.close());
  const { ask } = await backend.signUp('ada');
  const { body } = await ask('POST', '/api/projects', { title: 'Engine' });
  await ask('GET', `/api/projects/${body.project.id}`);
  const metrics = (await backend.request('GET', '/metrics')).body as string;
  expect(metrics).toContain('http_request_duration_ms_count{method="GET",route="/api/projects/:id",status_code="200"} 1');
  expect(metrics).not.toContain(body.project.id);
});

test('finishes what is in flight, says goodbye to WebSockets, and takes nothing new', async () => {
  const claude = await startClaude();
  onTestFinished(() => claude.close().then(() => {}));
  const backend = await openBackend({ CLAUDE_API_KEY: 'sk-test', CLAUDE_BASE_URL: claude.url });
  onTestFinished(() => backend.close());
  const { ask } = await backend.signUp('ada');
  const { body } = await ask('POST', '/api/projects', { title: 'Engine' });
  const socket = await backend.open();

  claude.next.push({ status: 200, body: { content: [{ type: 'text', text: 'Late' }] }, delayMs: 1_000 });
  const slow = ask('POST', `/api/projects/${body.project.id}/suggestions`);
  while (claude.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const stopped = backend.stop(10_000);
  expect(await socket.closed).toBe(1001);
  await expect(fetch(`${backend.base}/health`, { headers: { connection: 'close' } })).rejects.toThrow();
  const answer = await slow;
  expect([answer.status, answer.body.ideas[0].content]).toEqual([201, 'Late']);
  expect(await stopped).toBe(true);
});

test('tells Sentry of an error, and lives on when it cannot', async () => {
  let told: (envelope: string) => void;
  const envelope = new Promise<string>((resolve) => (told = resolve));
  const sentry = createServer((request, response) => {
    let text = `${request.url}\n`;
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => (response.end('{}'), told(text)));
  });
  await new Promise<void>((resolve) => sentry.listen(0, '127.0.0.1', resolve));
  const { port } = sentry.address() as AddressInfo;
  const report = (port: number) =>
    createReporter(`http://key@127.0.0.1:${port}/42`, 'test', createLogger('silent')).report(new Error('lost'), {});
  report(1);
  report(port);
  const lines = (await envelope).split('\n');
  expect(lines[0]).toBe('/api/42/envelope/');
  expect(JSON.parse(lines[3] ?? '')).toMatchObject({ exception: { values: [{ type: 'Error', value: 'lost' }] } });
  sentry.closeAllConnections();
  sentry.close();
});
