import type { PrismaClient } from '@prisma/client';
import type { Redis } from 'ioredis';
import type { Config } from './config.js';
import type { Drain } from './lib/drain.js';
import type { Logger } from './lib/logger.js';
import type { Session } from './lib/sessions.js';

/** What the API is made with. */
export interface Context {
  config: Config;
  prisma: PrismaClient;
  redis: Redis;
  logger: Logger;
  drain: Drain;
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- the only way to add to Express's requests
  namespace Express {
    interface Request {
      id: string;
      log: Logger;
      /** Set on routes that require a signed-in user. */
      session?: Session;
    }
  }
}
