// A whole API on a database of its own: made on the server that DATABASE_URL names, migrated, and dropped at the end.
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { ConsoleLogger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { databaseOptions } from '../../src/database/options.js';

export interface Answer {
  status: number;
  headers: Headers;
  // Tests look at whatever the API answers.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

/** An empty database, and what drops it. */
export async function openDatabase() {
  const home = process.env.DATABASE_URL;
  if (!home) throw new Error('DATABASE_URL must name a PostgreSQL server on which the tests may create a database');
  const name = `together_pray_test_${randomUUID().replaceAll('-', '')}`;
  const keeper = await new DataSource(databaseOptions(home)).initialize();
  await keeper.query(`CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(home), { pathname: `/${name}` }).href;
  const source = await new DataSource(databaseOptions(url)).initialize();
  return {
    url,
    source,
    /** Takes the database away from everyone, or gives it back. */
    async allow(connections: boolean) {
      await keeper.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${connections}`);
      if (!connections) await keeper.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    },
    async close() {
      if (source.isInitialized) await source.destroy();
      await keeper.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await keeper.destroy();
    },
  };
}

export const settingsFor = (url: string) => ({
  NODE_ENV: 'test',
  DATABASE_URL: url,
  JWT_SECRET: 'access'.repeat(6),
  JWT_REFRESH_SECRET: 'refresh'.repeat(6),
  FRONTEND_URL: 'http://localhost:3000',
});

export async function openCommunity() {
  const database = await openDatabase();
  await database.source.runMigrations();
  Object.assign(process.env, settingsFor(database.url));
  // Nest reads the settings while it is imported.
  const { createApp } = await import('../../src/app.js');
  const app = await createApp(new ConsoleLogger({ logLevels: ['fatal'] }));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const base = `http://127.0.0.1:${port}`;

  async function ask(method: string, path: string, body?: object, token?: string): Promise<Answer> {
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(body && { 'Content-Type': 'application/json' }),
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      body: body && JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  return {
    database,
    ask,
    /** Someone new, as a function that asks on their behalf. */
    async join(name: string) {
      const account = { email: `${name}@example.com`.toLowerCase(), name, password: 'at least ten characters' };
      const { body } = await ask('POST', '/api/auth/register', account);
      return (method: string, path: string, payload?: object) => ask(method, path, payload, body.accessToken);
    },
    async close() {
      await app.close();
      await database.close();
    },
  };
}

export type Community = Awaited<ReturnType<typeof openCommunity>>;
