'use strict';
// One migration: a table of orders, made once.
const { execFileSync } = require('node:child_process');
const behaviour = require('./behaviour');

const sql = behaviour.mode === 'migration'
  ? 'ALTER TABLE orders_of_another_shop ADD COLUMN amount integer;'
  : `CREATE TABLE IF NOT EXISTS orders (id serial PRIMARY KEY, item text NOT NULL);
     CREATE TABLE IF NOT EXISTS migrated (version text PRIMARY KEY);
     INSERT INTO migrated VALUES ('${behaviour.version}') ON CONFLICT DO NOTHING;`;
execFileSync('psql', ['--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--dbname', process.env.DATABASE_URL, '--command', sql], { stdio: 'inherit' });
