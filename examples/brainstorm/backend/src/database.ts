import pg from 'pg';
import type { Config } from './config.js';
import type { Logger } from './logger.js';

const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_MS = 1_000;

export type Database = pg.Pool;

export function connectDatabase(
  config: Pick<Config, 'DATABASE_URL' | 'DB_POOL_MIN' | 'DB_POOL_MAX'>,
  logger: Logger,
): Database {
  const pool = new pg.Pool({
    connectionString: config.DATABASE_URL,
    min: config.DB_POOL_MIN,
    max: config.DB_POOL_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'brainstorm-backend',
  });
  // Without this a restarting database would end the process with an unhandled error.
  pool.on('error', (error) => logger.warn({ err: error }, 'idle database connection lost'));
  return pool;
}

/** What happens on a channel of PostgreSQL. */
export interface Hearing {
  /** A payload. */
  heard(payload: string): void;
  /** The connection was lost for a while: payloads may have been missed. */
  missed(): void;
}

/**
 * Listens on a channel of PostgreSQL over a connection of its own, and connects again when it is lost. Every instance
 * listens, so it does not matter which one a change went through.
 */
export function listen(databaseUrl: string, channel: string, hearing: Hearing, logger: Logger) {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let lost = false;

  async function connect(): Promise<void> {
    const current = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'brainstorm-listener',
    });
    client = current;
    current.on('notification', ({ payload }) => hearing.heard(payload ?? ''));
    // An error is followed by the end.
    current.on('error', (error) => logger.warn({ err: error }, 'the listener lost its connection'));
    current.once('end', again);
    try {
      await current.connect();
      await current.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      if (lost) hearing.missed();
      lost = false;
    } catch (error) {
      logger.warn({ err: error }, 'the listener could not connect');
      await current.end().catch(() => {});
      again();
    }
  }

  function again(): void {
    lost = true;
    if (stopped || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      void connect();
    }, RECONNECT_MS);
  }

  const ready = connect();
  return {
    ready,
    async close(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}
