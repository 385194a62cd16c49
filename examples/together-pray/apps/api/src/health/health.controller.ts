import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Header, HttpStatus, Logger, Res } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Response } from 'express';
import { DataSource } from 'typeorm';
import { Public } from '../auth/auth.guard.js';
import { Drain } from '../drain.js';

const DATABASE_TIMEOUT_MS = 2_000;

@Controller('health')
@SkipThrottle()
export class HealthController {
  private readonly logger = new Logger(HealthController.name);

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly drain: Drain,
  ) {}

  /** 200 while the service can work, 503 when the database does not answer or the process is on its way out. */
  @Public()
  @Get()
  @Header('Cache-Control', 'no-store')
  async check(@Res({ passthrough: true }) response: Response) {
    const connected = await this.databaseAnswers();
    const status = this.drain.started ? 'draining' : connected ? 'healthy' : 'unhealthy';
    response.status(status === 'healthy' ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    return {
      status,
      timestamp: new Date().toISOString(),
      uptime: process.uptime(),
      database: connected ? 'connected' : 'disconnected',
    };
  }

  private async databaseAnswers(): Promise<boolean> {
    const timeout = new AbortController();
    try {
      return await Promise.race([
        this.database.query('SELECT 1').then(() => true),
        delay(DATABASE_TIMEOUT_MS, false, { signal: timeout.signal }),
      ]);
    } catch (error) {
      this.logger.warn(`database check failed: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    } finally {
      timeout.abort();
    }
  }
}
