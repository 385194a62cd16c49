import cors from 'cors';
import express, { type Express } from 'express';
import helmet from 'helmet';
import { connectCache, type Cache } from './cache.js';
import { createClaude, type Claude } from './claude.js';
import type { Config } from './config.js';
import { connectDatabase, type Database } from './database.js';
import { createDrain, type Drain } from './drain.js';
import { errorHandler, notFound } from './errors.js';
import type { Logger } from './logger.js';
import { createMetrics, type Metrics } from './metrics.js';
import { createProjects, type Projects } from './projects.js';
import { createReporter, type Reporter } from './reporter.js';
import { authenticate, observe } from './request.js';
import { authRoutes } from './routes/auth.js';
import { healthRoutes } from './routes/health.js';
import { ideaRoutes, projectRoutes } from './routes/projects.js';
import { createSessions, type Sessions } from './sessions.js';

// The longest text is an idea of 2,000 characters.
const BODY_LIMIT = '32kb';

/** Everything that the routes work with. */
export interface Services {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  reporter: Reporter;
  database: Database;
  cache: Cache;
  claude: Claude;
  projects: Projects;
  sessions: Sessions;
  drain: Drain;
}

export function createServices(config: Config, logger: Logger): Services {
  const metrics = createMetrics();
  const database = connectDatabase(config, logger);
  const cache = connectCache(config.REDIS_URL, logger);
  return {
    config,
    logger,
    metrics,
    database,
    cache,
    reporter: createReporter(config.SENTRY_DSN, config.NODE_ENV, logger),
    claude: createClaude({ config, cache, metrics, logger }),
    projects: createProjects(database),
    sessions: createSessions(config, database),
    drain: createDrain(),
  };
}

export function createApp(services: Services): Express {
  const { config, logger, metrics, reporter, sessions, drain } = services;
  const app = express();

  // Addresses of clients come from the reverse proxy, which is on this machine or in its private network.
  app.set('trust proxy', ['loopback', 'uniquelocal']);
  app.use(drain.middleware);
  app.use(observe(logger, metrics));
  app.use(helmet());
  app.use(healthRoutes(services));

  app.use('/api', cors({ origin: config.CORS_ORIGIN ?? false, credentials: true }));
  app.use('/api', express.json({ limit: BODY_LIMIT }));
  app.use('/api/auth', authRoutes(services));
  app.use('/api', authenticate(sessions));
  app.use('/api/projects', projectRoutes(services));
  app.use('/api/ideas', ideaRoutes(services));

  app.use((req) => {
    throw notFound(`${req.method} ${req.path}`);
  });
  app.use(errorHandler(logger, reporter));
  return app;
}
