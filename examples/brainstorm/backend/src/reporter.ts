import { randomUUID } from 'node:crypto';
import type { Logger } from './logger.js';

const TIMEOUT_MS = 3_000;

export interface Reporter {
  report(error: unknown, tags: Record<string, string>): void;
}

/** Tells Sentry of errors, when there is a DSN. https://develop.sentry.dev/sdk/data-model/envelopes/ */
export function createReporter(dsn: string | undefined, environment: string, logger: Logger): Reporter {
  if (!dsn) return { report() {} };
  const { origin, username, pathname } = new URL(dsn);
  const target = `${origin}/api${pathname}/envelope/`;
  const auth = `Sentry sentry_version=7, sentry_key=${username}, sentry_client=brainstorm-backend/1.0`;

  async function send(error: unknown, tags: Record<string, string>): Promise<void> {
    const id = randomUUID().replaceAll('-', '');
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    const event = {
      event_id: id,
      timestamp: Date.now() / 1_000,
      platform: 'node',
      level: 'error',
      environment,
      tags,
      exception: { values: [{ type: name, value: message }] },
      extra: { stack },
    };
    const envelope = [{ event_id: id, sent_at: new Date().toISOString() }, { type: 'event' }, event];
    const response = await fetch(target, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-sentry-envelope', 'X-Sentry-Auth': auth },
      body: envelope.map((part) => JSON.stringify(part)).join('\n'),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
  }

  return {
    report(error, tags) {
      send(error, tags).catch((reason: unknown) => logger.warn({ err: reason }, 'Sentry could not be told'));
    },
  };
}
