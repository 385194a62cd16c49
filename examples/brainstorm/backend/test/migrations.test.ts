import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMigrator } from '../src/migrations.js';
import { MIGRATIONS, openDatabase } from './support/backend.js';

let database: Awaited<ReturnType<typeof openDatabase>>;
let client: pg.Client;
beforeEach(async () => {
  database = await openDatabase();
  client = await connect();
});
afterEach(async () => {
  await client.end();
  await database.close();
});

async function connect() {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return client;
}

const silent = () => {};

async function tables() {
  const { rows } = await client.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
  );
  return rows.map((row) => row.name);
}

test('go up once, down one by one, and up again', async () => {
  const migrator = createMigrator(client, MIGRATIONS, silent);
  const all = await migrator.up();
  expect(all).toBeGreaterThan(3);
  const full = await tables();
  expect(await migrator.up()).toBe(0);
  expect((await migrator.status()).every((migration) => migration.appliedAt)).toBe(true);
  expect(await migrator.down(1)).toBe(1);
  expect(await migrator.down(100)).toBe(all - 1);
  expect(await tables()).toEqual(['migrations']);
  expect(await migrator.up()).toBe(all);
  expect(await tables()).toEqual(full);
});

test('wait for each other', async () => {
  const other = await connect();
  const both = [client, other].map((client) => createMigrator(client, MIGRATIONS, silent).up());
  const counts = (await Promise.all(both)).sort();
  expect(counts[0]).toBe(0);
  await other.end();
});

test('leave nothing of one that fails, and name it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'migrations-'));
  const write = (name: string, sql: string) => writeFile(path.join(folder, name), sql);
  await write('001_good.up.sql', 'CREATE TABLE good (id INT)');
  await write('001_good.down.sql', 'DROP TABLE good');
  await write('002_bad.up.sql', 'CREATE TABLE half (id INT); SELECT nonsense');
  const migrator = createMigrator(client, folder, silent);
  await expect(migrator.up()).rejects.toThrow('002_bad');
  await write('002_bad.down.sql', 'DROP TABLE half');
  await expect(migrator.up()).rejects.toThrow('002_bad.up.sql: column "nonsense" does not exist');
  expect(await tables()).toEqual(['good', 'migrations']);
  expect((await migrator.status()).map((migration) => migration.appliedAt !== undefined)).toEqual([true, false]);
  await rm(folder, { recursive: true });
});
