import { Redis } from 'ioredis';
import type { Logger } from './logger.js';

const CONNECT_TIMEOUT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 2_000;
const RETRY_LIMIT_MS = 2_000;

/** A connection that comes back by itself; commands fail rather than wait while it is away. */
export function connectCache(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(attempt * 100, RETRY_LIMIT_MS),
  });
  redis.on('error', (error) => logger.warn({ err: error }, 'cache connection lost'));
  return redis;
}
