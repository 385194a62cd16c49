import { Router } from 'express';
import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '../context.js';

const LIMIT_MS = 2_000;

/** 200 while the service can work, 503 when a datastore does not answer or the process is on its way out. */
export function healthRoutes({ prisma, redis, drain }: Context): Router {
  const router = Router();

  router.get('/health', async (_req, res) => {
    const [database, cache] = await Promise.all([answers(prisma.$queryRaw`SELECT 1`), answers(redis.ping())]);
    const status = drain.started ? 'draining' : database && cache ? 'healthy' : 'unhealthy';
    res
      .status(status === 'healthy' ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        status,
        timestamp: new Date().toISOString(),
        uptime: process.uptime(),
        database: database ? 'connected' : 'disconnected',
        cache: cache ? 'connected' : 'disconnected',
      });
  });

  return router;
}

/** Whether a question is answered in time. */
async function answers(question: Promise<unknown>): Promise<boolean> {
  const limit = new AbortController();
  const outcome = question.then(
    () => true,
    () => false,
  );
  const late = delay(LIMIT_MS, false, { signal: limit.signal }).catch(() => false);
  const answered = await Promise.race([outcome, late]);
  limit.abort();
  return answered;
}
