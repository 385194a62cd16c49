import { type ArgumentsHost, Catch, HttpException } from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import type { Request } from 'express';
import { SentryReporter } from './sentry.js';

/** Answers as Nest does, and reports what was nobody's intention. */
@Catch()
export class ReportFilter extends BaseExceptionFilter {
  constructor(
    adapter: HttpAdapterHost,
    private readonly sentry: SentryReporter,
  ) {
    super(adapter.httpAdapter);
  }

  override catch(error: unknown, host: ArgumentsHost): void {
    if (!(error instanceof HttpException)) {
      const request = host.switchToHttp().getRequest<Request>();
      this.sentry.report(error, `${request.method} ${request.path}`);
    }
    super.catch(error, host);
  }
}
