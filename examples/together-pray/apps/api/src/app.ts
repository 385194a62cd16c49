import { type LoggerService, ValidationPipe } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import compression from 'compression';
import helmet from 'helmet';
import { AppModule } from './app.module.js';
import { requestLog } from './request-log.js';
import type { Settings } from './settings.js';

// Longer than a reverse proxy keeps its side (nginx: 60 s), so that it never sends a request into a closing connection.
const KEEP_ALIVE_MS = 75_000;

/** The whole API, ready to listen. */
export async function createApp(logger: LoggerService): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger, abortOnError: false });
  const settings = app.get<ConfigService<Settings, true>>(ConfigService);

  // Addresses of clients come from the reverse proxy, which is on this machine or in its private network.
  app.set('trust proxy', ['loopback', 'uniquelocal']);
  app.use(requestLog);
  app.use(helmet());
  app.use(compression());
  app.useBodyParser('json', { limit: '64kb' });
  app.enableCors({ origin: new URL(settings.get('FRONTEND_URL', { infer: true })).origin, maxAge: 600 });
  app.setGlobalPrefix('api', { exclude: ['health'] });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));

  const server = app.getHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  return app;
}
