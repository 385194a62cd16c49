const http = require('node:http');
const { createApi } = require('./api');
const { ConfigError, loadConfig } = require('./config');
const { connectDatabase } = require('./database');
const { createDrain } = require('./drain');
const { createLogger } = require('./logger');

// Longer than a reverse proxy keeps its side (nginx: 60 s), so that it never sends a request into a closing connection.
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = KEEP_ALIVE_MS + 5_000;
const DRAIN_LIMIT_MS = 8_000;

function main() {
  const config = loadConfig();
  const logger = createLogger(config.LOG_LEVEL);
  const prisma = connectDatabase(config.DATABASE_URL, logger);
  const drain = createDrain();

  const server = http.createServer(createApi({ config, prisma, logger, drain }));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_MS;
  server.on('error', (error) => {
    logger.fatal({ err: error }, `cannot listen on port ${config.PORT}`);
    process.exit(1);
  });
  server.listen(config.PORT, () => logger.info({ port: config.PORT, environment: config.NODE_ENV }, 'listening'));

  const stop = async (signal) => {
    if (drain.started) return;
    logger.info({ signal }, 'stopping');
    const clean = await drain.run(server, DRAIN_LIMIT_MS);
    if (!clean) logger.warn('requests were cut off at the shutdown limit');
    await prisma.$disconnect();
    logger.info('stopped');
    process.exit(clean ? 0 : 1);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

try {
  main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}
