import { join } from 'node:path';
import type { DataSourceOptions } from 'typeorm';
import { GroupMember } from '../groups/group-member.entity.js';
import { Group } from '../groups/group.entity.js';
import { Intercession } from '../prayers/intercession.entity.js';
import { Prayer } from '../prayers/prayer.entity.js';
import { User } from '../users/user.entity.js';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** How the database is reached, for the API and for the migrations; `sslmode` is read from the URL. */
export function databaseOptions(url: string): PostgresOptions {
  return {
    type: 'postgres',
    url,
    applicationName: 'together-pray',
    entities: [User, Group, GroupMember, Prayer, Intercession],
    migrations: [join(import.meta.dirname, 'migrations', '*.js')],
    synchronize: false,
    migrationsRun: false,
    // gen_random_uuid() is part of PostgreSQL.
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    connectTimeoutMS: 5_000,
  };
}
