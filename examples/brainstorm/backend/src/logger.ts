import { pino, stdTimeFunctions, type Logger } from 'pino';
import type { Config } from './config.js';

export type { Logger };

/** One JSON object a line on standard output, with the level by name. */
export function createLogger(level: Config['LOG_LEVEL']): Logger {
  return pino({
    level,
    base: { service: 'brainstorm-backend' },
    messageKey: 'message',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
