import { existsSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { databaseOptions } from './options.js';

// For TypeORM's own command line, which runs on the compiled code and knows nothing of Nest's settings.
if (existsSync('.env')) process.loadEnvFile();

const url = process.env.DATABASE_URL;
if (!url) throw new Error('DATABASE_URL must name a PostgreSQL database; see .env.example');

export default new DataSource(databaseOptions(url));
