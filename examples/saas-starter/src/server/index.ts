import { createServer } from 'node:http';
import { createApp } from './app.js';
import { ConfigError, loadConfig } from './config.js';
import { Drain } from './lib/drain.js';
import { createLogger } from './lib/logger.js';
import { connectDatabase } from './lib/prisma.js';
import { connectCache } from './lib/redis.js';

// Longer than a reverse proxy keeps its side (nginx: 60 s), so that it never sends a request into a closing connection.
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = KEEP_ALIVE_MS + 5_000;
const DRAIN_LIMIT_MS = 8_000;

function main(): void {
  const config = loadConfig();
  const logger = createLogger(config.logLevel);
  const prisma = connectDatabase(config.databaseUrl, logger);
  const redis = connectCache(config.redisUrl, logger);
  const drain = new Drain();

  const server = createServer(createApp({ config, prisma, redis, logger, drain }));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_MS;
  server.on('error', (error) => {
    logger.fatal({ err: error }, `cannot listen on port ${config.port}`);
    process.exit(1);
  });
  server.listen(config.port, () => {
    const features = { payment: Boolean(config.payment), email: Boolean(config.email) };
    logger.info({ port: config.port, address: config.apiBaseUrl, environment: config.env, features }, 'listening');
  });

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (drain.started) return;
    logger.info({ signal }, 'stopping');
    const clean = await drain.run(server, DRAIN_LIMIT_MS);
    if (!clean) logger.warn('requests were cut off at the shutdown limit');
    await Promise.allSettled([prisma.$disconnect(), redis.quit()]);
    logger.info('stopped');
    process.exit(clean ? 0 : 1);
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}

try {
  main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
