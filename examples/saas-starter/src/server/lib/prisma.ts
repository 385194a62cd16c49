import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import type { Logger } from './logger.js';

const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 5_000;

export function connectDatabase(url: string, logger: Logger): PrismaClient {
  const adapter = new PrismaPg(
    { connectionString: url, max: POOL_SIZE, connectionTimeoutMillis: CONNECT_TIMEOUT_MS },
    // Without these a restarting database would end the process with an unhandled error.
    {
      onPoolError: (error) => logger.warn({ err: error }, 'idle database connection lost'),
      onConnectionError: (error) => logger.warn({ err: error }, 'database connection lost'),
    },
  );
  return new PrismaClient({ adapter });
}
