const { setTimeout: delay } = require('node:timers/promises');
const { Router } = require('express');

const DATABASE_TIMEOUT_MS = 2_000;

/** 200 while the service can work, 503 when the database does not answer or the process is on its way out. */
function healthRoutes({ prisma, drain }) {
  const router = Router();

  router.get('/health', async (req, res) => {
    const connected = await databaseAnswers(prisma, req.log);
    const status = drain.started ? 'draining' : connected ? 'healthy' : 'unhealthy';
    res
      .status(status === 'healthy' ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        status,
        timestamp: new Date().toISOString(),
        uptime: process.uptime(),
        database: connected ? 'connected' : 'disconnected',
      });
  });

  return router;
}

async function databaseAnswers(prisma, log) {
  const timeout = new AbortController();
  try {
    return await Promise.race([
      prisma.$queryRaw`SELECT 1`.then(() => true),
      delay(DATABASE_TIMEOUT_MS, false, { signal: timeout.signal }),
    ]);
  } catch (error) {
    log.warn({ err: error }, 'database check failed');
    return false;
  } finally {
    timeout.abort();
  }
}

module.exports = { healthRoutes };
