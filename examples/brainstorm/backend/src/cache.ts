import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'redis';
import type { Logger } from './logger.js';

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
const PREFIX = 'brainstorm:';

/** Remembers what was expensive to get. It may forget at any time, and nothing fails when it does. */
export interface Cache {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, seconds: number): Promise<void>;
  state(): 'connected' | 'disconnected' | 'disabled';
  close(): Promise<void>;
}

const NO_CACHE: Cache = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  state: () => 'disabled',
  close: () => Promise.resolve(),
};

export function connectCache(url: string | undefined, logger: Logger): Cache {
  if (!url) return NO_CACHE;
  const client = createClient({
    url,
    // Rather no answer than one that waits until Redis is back.
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (retries) => Math.min(100 * (retries + 1), LONGEST_PAUSE_MS),
    },
  });
  let reachable = true;
  client.on('error', (error: unknown) => {
    if (reachable) logger.warn({ err: error }, 'Redis is not reachable; going on without');
    reachable = false;
  });
  client.on('ready', () => {
    if (!reachable) logger.info('Redis is back');
    reachable = true;
  });
  client.connect().catch((error: unknown) => logger.warn({ err: error }, 'Redis could not be connected'));

  async function attempt<T>(what: () => Promise<T>): Promise<T | undefined> {
    if (!client.isReady) return undefined;
    try {
      return await Promise.race([what(), delay(COMMAND_TIMEOUT_MS, undefined, { ref: false })]);
    } catch (error) {
      logger.warn({ err: error }, 'Redis did not do it; going on without');
      return undefined;
    }
  }

  return {
    get: async (key) => (await attempt(() => client.get(PREFIX + key))) ?? undefined,
    set: async (key, value, seconds) => {
      await attempt(() => client.set(PREFIX + key, value, { expiration: { type: 'EX', value: seconds } }));
    },
    state: () => (client.isReady ? 'connected' : 'disconnected'),
    close: () => {
      client.destroy();
      return Promise.resolve();
    },
  };
}
