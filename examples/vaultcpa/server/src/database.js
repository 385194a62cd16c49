const { PrismaClient } = require('@prisma/client');
const { PrismaPg } = require('@prisma/adapter-pg');

const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 5_000;

function connectDatabase(url, logger) {
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

module.exports = { connectDatabase };
