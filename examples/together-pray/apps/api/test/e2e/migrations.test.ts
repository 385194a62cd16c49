import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openDatabase } from './community.js';

let database: Awaited<ReturnType<typeof openDatabase>>;
before(async () => {
  database = await openDatabase();
});
after(() => database.close());

async function tables(): Promise<string[]> {
  const rows = await database.source.query(
    `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  );
  return rows.map((row: { table_name: string }) => row.table_name);
}

test('migrations make what the entities say, and can be taken back one by one', async () => {
  const { source } = database;
  const applied = await source.runMigrations();
  assert.ok(applied.length >= 4);
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  assert.deepEqual(upQueries.map(({ query }) => query), []);

  for (let left = applied.length; left > 0; left -= 1) await source.undoLastMigration();
  assert.deepEqual(await tables(), ['migrations']);
  assert.equal((await source.runMigrations()).length, applied.length);
});
