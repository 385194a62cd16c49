// A whole backend on a database of its own: created on the server that DATABASE_URL names, migrated, and dropped at the end.
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { WebSocket } from 'ws';
import { loadEnvFile, readConfig } from '../../src/config.js';
import { createLogger } from '../../src/logger.js';
import { createMigrator } from '../../src/migrations.js';
import { createBackend } from '../../src/server.js';

export const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'migrations');

export const SECRETS = { JWT_SECRET: 'access'.repeat(6), JWT_REFRESH_SECRET: 'refresh'.repeat(6) };

/** An empty database of its own. */
export async function openDatabase() {
  loadEnvFile();
  const home = process.env.DATABASE_URL;
  if (!home) throw new Error('DATABASE_URL must name a PostgreSQL server on which the tests may create a database');
  const name = `brainstorm_test_${randomUUID().replaceAll('-', '')}`;
  const keeper = new pg.Client({ connectionString: home });
  await keeper.connect();
  await keeper.query(`CREATE DATABASE ${name}`);
  return {
    url: Object.assign(new URL(home), { pathname: `/${name}` }).href,
    async close() {
      await keeper.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await keeper.end();
    },
  };
}

export async function migrate(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await createMigrator(client, MIGRATIONS, () => {}).up();
  await client.end();
}

export interface Answer {
  status: number;
  headers: Headers;
  body: any;
}

export interface Ask {
  token?: string;
  headers?: Record<string, string>;
}

export async function openBackend(env: Record<string, string> = {}) {
  const database = await openDatabase();
  await migrate(database.url);
  const config = readConfig({ NODE_ENV: 'test', DATABASE_URL: database.url, ...SECRETS, ...env });
  const backend = createBackend(config, createLogger('silent'));
  await new Promise<void>((resolve) => backend.server.listen(0, '127.0.0.1', resolve));
  await backend.listening;
  const { port } = backend.server.address() as AddressInfo;
  const base = `http://127.0.0.1:${port}`;

  async function request(method: string, target: string, body?: unknown, { token, headers }: Ask = {}): Promise<Answer> {
    const response = await fetch(base + target, {
      method,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  }

  let stopped = false;
  return {
    ...backend,
    base,
    request,
    /** Signs a new user up; returns what asks in their name. */
    async signUp(name: string) {
      const account = { email: `${name}@example.com`, name, password: 'correct horse battery' };
      const { body } = await request('POST', '/api/auth/register', account);
      const token = body.accessToken as string;
      const ask = (method: string, target: string, payload?: unknown) => request(method, target, payload, { token });
      return { ask, token, account };
    },
    open: () => openSocket(`ws://127.0.0.1:${port}/api/ws`),
    stop(limitMs: number) {
      stopped = true;
      return backend.stop(limitMs);
    },
    async close() {
      if (!stopped) await backend.stop(1_000);
      await database.close();
    },
  };
}

/** A WebSocket whose messages are waited for one after the other. */
export async function openSocket(url: string) {
  const socket = new WebSocket(url);
  const messages: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  socket.on('message', (data: Buffer) => {
    const message: unknown = JSON.parse(data.toString());
    const first = waiting.shift();
    if (first) first(message);
    else messages.push(message);
  });
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    closed,
    socket,
    send: (message: unknown) => socket.send(JSON.stringify(message)),
    next: (): Promise<any> =>
      messages.length > 0 ? Promise.resolve(messages.shift()) : new Promise((r) => waiting.push(r)),
  };
}
