// node dist/migrate.js up | down [how many] | status
import path from 'node:path';
import pg from 'pg';
import { loadEnvFile } from './config.js';
import { createMigrator } from './migrations.js';

const FOLDER = path.join(import.meta.dirname, '..', 'migrations');
const CONNECT_TIMEOUT_MS = 10_000;

async function main([command = 'up', count = '1']: string[]): Promise<void> {
  loadEnvFile();
  const connectionString = process.env.DATABASE_URL;
  if (!connectionString) throw new Error('DATABASE_URL is missing: it names the database to migrate');
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await client.connect();
  try {
    const migrator = createMigrator(client, FOLDER, console.log);
    if (command === 'up') {
      console.log(`${await migrator.up()} applied`);
    } else if (command === 'down' && Number(count) >= 1) {
      console.log(`${await migrator.down(Number(count))} reverted`);
    } else if (command === 'status') {
      for (const { name, appliedAt } of await migrator.status()) {
        console.log(`${appliedAt?.toISOString() ?? 'pending'.padEnd(24)} ${name}`);
      }
    } else {
      throw new Error('usage: migrate up | down [how many] | status');
    }
  } finally {
    await client.end();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
