import { setTimeout as delay } from 'node:timers/promises';
import { Router } from 'express';
import type { Services } from '../app.js';
import type { Database } from '../database.js';
import type { Logger } from '../logger.js';

const DATABASE_TIMEOUT_MS = 2_000;

/**
 * 200 while the service can work, 503 when the database does not answer or the process is on its way out. The cache is
 * named and does not count: everything works without it.
 */
export function healthRoutes({ config, database, cache, drain, metrics, logger }: Services): Router {
  const router = Router();

  router.get('/health', async (_req, res) => {
    const connected = await answers(database, logger);
    const status = drain.started() ? 'draining' : connected ? 'healthy' : 'unhealthy';
    res
      .status(status === 'healthy' ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        status,
        timestamp: new Date().toISOString(),
        uptime: process.uptime(),
        database: connected ? 'connected' : 'disconnected',
        cache: cache.state(),
      });
  });

  if (config.PROMETHEUS_ENABLED === 'true') {
    router.get('/metrics', async (_req, res) => {
      res.set('Content-Type', metrics.registry.contentType).send(await metrics.registry.metrics());
    });
  }
  return router;
}

async function answers(database: Database, logger: Logger): Promise<boolean> {
  const limit = new AbortController();
  try {
    return await Promise.race([
      database.query('SELECT 1').then(() => true),
      delay(DATABASE_TIMEOUT_MS, false, { signal: limit.signal }),
    ]);
  } catch (error) {
    logger.warn({ err: error }, 'database check failed');
    return false;
  } finally {
    limit.abort();
  }
}
