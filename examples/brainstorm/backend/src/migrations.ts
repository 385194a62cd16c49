import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from 'pg';

// Any number that nothing else on this database locks by.
const LOCK = 7_262_019;
const UP = /^(\d{3}_\w+)\.up\.sql$/;

export interface Migration {
  name: string;
  appliedAt: Date | undefined;
}

/** Applies and reverts `NNN_name.up.sql` and `NNN_name.down.sql`, one process at a time and each in a transaction. */
export function createMigrator(client: Client, folder: string, say: (line: string) => void) {
  async function names(): Promise<string[]> {
    const files = await readdir(folder);
    const found = files.flatMap((file) => UP.exec(file)?.[1] ?? []).sort();
    const oneWay = found.filter((name) => !files.includes(`${name}.down.sql`));
    if (oneWay.length > 0) throw new Error(`these have no .down.sql: ${oneWay.join(', ')}`);
    return found;
  }

  async function applied(): Promise<Map<string, Date>> {
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())',
    );
    const { rows } = await client.query<{ name: string; at: Date }>('SELECT name, applied_at AS at FROM migrations');
    return new Map(rows.map(({ name, at }) => [name, at]));
  }

  async function alone<T>(work: () => Promise<T>): Promise<T> {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    try {
      return await work();
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    }
  }

  async function perform(name: string, direction: 'up' | 'down'): Promise<void> {
    const sql = await readFile(path.join(folder, `${name}.${direction}.sql`), 'utf8');
    const note =
      direction === 'up' ? 'INSERT INTO migrations (name) VALUES ($1)' : 'DELETE FROM migrations WHERE name = $1';
    await client.query('BEGIN');
    try {
      await client.query(sql);
      await client.query(note, [name]);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw new Error(`${name}.${direction}.sql: ${(error as Error).message}`, { cause: error });
    }
    say(`${direction} ${name}`);
  }

  return {
    /** Applies what is not applied yet; returns how many. */
    up: () =>
      alone(async () => {
        const done = await applied();
        const pending = (await names()).filter((name) => !done.has(name));
        for (const name of pending) await perform(name, 'up');
        return pending.length;
      }),
    /** Reverts the last ones; returns how many. */
    down: (count: number) =>
      alone(async () => {
        const done = await applied();
        const last = (await names()).filter((name) => done.has(name)).reverse().slice(0, count);
        for (const name of last) await perform(name, 'down');
        return last.length;
      }),
    async status(): Promise<Migration[]> {
      const done = await applied();
      const all = new Set([...(await names()), ...done.keys()]);
      return [...all].sort().map((name) => ({ name, appliedAt: done.get(name) }));
    },
  };
}
