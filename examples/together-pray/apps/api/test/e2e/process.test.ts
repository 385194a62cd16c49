import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { openDatabase, settingsFor } from './community.js';

const MAIN = new URL('../../src/main.js', import.meta.url).pathname;

let database: Awaited<ReturnType<typeof openDatabase>>;
before(async () => {
  database = await openDatabase();
  await database.source.runMigrations();
});
after(() => database.close());

function start(env: object) {
  return spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('it speaks JSON, and ends with status 0 although a proxy keeps its connection', { timeout: 60_000 }, async () => {
  const child = start(settingsFor(database.url));
  const exited = once(child, 'exit');
  const agent = new http.Agent({ keepAlive: true });
  try {
    let port = '';
    for await (const line of createInterface(child.stdout)) {
      const { level, message } = JSON.parse(line);
      assert.ok(level);
      if (message?.message === 'listening') {
        port = new URL(message.url).port;
        break;
      }
    }
    const [response] = await once(http.get({ port, path: '/health', agent }), 'response');
    assert.equal(response.statusCode, 200);
    response.resume();
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  } finally {
    child.kill('SIGKILL');
    agent.destroy();
  }
});

test('settings that are wrong are all named, and not shown', { timeout: 60_000 }, async () => {
  const child = start({ ...settingsFor(database.url), JWT_SECRET: 'tooshort', FRONTEND_URL: '' });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  assert.equal(code, 1);
  for (const name of ['JWT_SECRET', 'FRONTEND_URL']) assert.ok((out + err).includes(name), out + err);
  assert.ok(!(out + err).includes('tooshort'), out + err);
});
