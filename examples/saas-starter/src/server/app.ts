import cors from 'cors';
import express, { type Express } from 'express';
import helmet from 'helmet';
import { accountRoutes } from './api/account.js';
import { authRoutes } from './api/auth.js';
import { billingRoutes } from './api/billing.js';
import { healthRoutes } from './api/health.js';
import { webhookRoutes } from './api/webhooks.js';
import type { Context } from './context.js';
import { notFound } from './lib/errors.js';
import { Mail } from './lib/mail.js';
import { Sessions } from './lib/sessions.js';
import { errorHandler } from './middleware/error-handler.js';
import { requestLog } from './middleware/request-log.js';

const BODY_LIMIT = '100kb';

export function createApp(context: Context): Express {
  const { config, logger, drain, redis } = context;
  const sessions = new Sessions(config.jwt, redis);
  const mail = new Mail(config.email);
  const app = express();

  // Addresses of clients come from the reverse proxy, which is on this machine or in its private network.
  app.set('trust proxy', ['loopback', 'uniquelocal']);
  app.use(drain.middleware);
  app.use(requestLog(logger));
  app.use(helmet());
  app.use(healthRoutes(context));

  app.use('/api/webhooks', webhookRoutes(context, mail));
  app.use('/api', cors({ origin: config.clientBaseUrl }));
  app.use('/api', express.json({ limit: BODY_LIMIT }));
  app.use('/api/auth', authRoutes(context, sessions, mail));
  app.use('/api/account', accountRoutes(context, sessions));
  app.use('/api/billing', billingRoutes(context, sessions));

  app.use((req) => {
    throw notFound(`${req.method} ${req.path}`);
  });
  app.use(errorHandler);
  return app;
}
