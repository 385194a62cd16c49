import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';

// Stops as Next.js does: accepts no more, waits for the open connections.
const SERVER = `
  import http from 'node:http';
  import { closeConnectionsOnStop } from './lib/drain.js';
  closeConnectionsOnStop();
  let finish;
  const server = http.createServer((req, res) => {
    res.write('begun');
    finish = () => res.end();
  });
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.on('SIGTERM', () => {
    server.close(() => process.exit(143));
    process.send('stopping');
  });
  process.on('message', () => finish());
`;

test('a connection that a proxy keeps alive does not keep the server from ending', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SERVER], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const agent = new http.Agent({ keepAlive: true });
  try {
    const [port] = await once(child, 'message');
    const [response] = await once(http.get({ port, host: '127.0.0.1', path: '/slow', agent }), 'response');
    await once(response, 'data');

    child.kill('SIGTERM');
    await once(child, 'message');
    // Its headers are out already, so nothing could tell the client to close.
    child.send('finish');
    response.resume();
    await once(response, 'end');
    assert.deepEqual(await exited, [143, null]);
  } finally {
    child.kill('SIGKILL');
    agent.destroy();
  }
});
