import { pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/** One JSON object a line on standard output, with the level by name. */
export function createLogger(level: string) {
  return pino({
    level,
    base: { service: 'saas-starter' },
    messageKey: 'message',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
