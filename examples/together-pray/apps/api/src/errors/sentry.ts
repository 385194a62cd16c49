import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Settings } from '../settings.js';

const TIMEOUT_MS = 3_000;

/**
 * Sends errors to Sentry when SENTRY_DSN is set, as one envelope each (develop.sentry.dev, "Envelopes"). Sentry's own
 * library would be larger than this whole service.
 */
@Injectable()
export class SentryReporter {
  private readonly logger = new Logger(SentryReporter.name);
  private readonly dsn?: string;
  private readonly environment: string;

  constructor(settings: ConfigService<Settings, true>) {
    this.dsn = settings.get('SENTRY_DSN', { infer: true }) || undefined;
    this.environment = settings.get('NODE_ENV', { infer: true });
  }

  /** Never fails and never waits: a report must not hurt the request it is about. */
  report(error: unknown, request: string): void {
    if (!this.dsn) return;
    this.send(this.dsn, error, request).catch((reason: unknown) => {
      this.logger.warn(`an error could not be reported: ${reason instanceof Error ? reason.message : String(reason)}`);
    });
  }

  private async send(dsn: string, error: unknown, request: string): Promise<void> {
    const { type, value } =
      error instanceof Error ? { type: error.name, value: error.message } : { type: 'Error', value: String(error) };
    const event = {
      event_id: randomUUID().replaceAll('-', ''),
      timestamp: new Date().toISOString(),
      platform: 'node',
      level: 'error',
      environment: this.environment,
      transaction: request,
      exception: { values: [{ type, value }] },
      extra: { stack: error instanceof Error ? error.stack : undefined },
    };
    const response = await fetch(envelopeUrl(dsn), {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-sentry-envelope' },
      body: [{ event_id: event.event_id, dsn }, { type: 'event' }, event].map((part) => JSON.stringify(part)).join('\n'),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`Sentry answered ${response.status}`);
  }
}

/** `https://key@host/path/project` becomes `https://host/path/api/project/envelope/`. */
export function envelopeUrl(dsn: string): string {
  const url = new URL(dsn);
  const parts = url.pathname.split('/').filter(Boolean);
  const project = parts.pop();
  return `${url.origin}/${[...parts, 'api', project, 'envelope'].join('/')}/?sentry_version=7&sentry_key=${url.username}`;
}
