const cors = require('cors');
const express = require('express');
const helmet = require('helmet');
const { createCookies } = require('./cookies');
const { errorHandler, notFound } = require('./errors');
const { authenticate } = require('./middleware/authenticate');
const { requestLog } = require('./middleware/request-log');
const { authRoutes } = require('./routes/auth');
const { clientRoutes } = require('./routes/clients');
const { documentRoutes } = require('./routes/documents');
const { healthRoutes } = require('./routes/health');
const { createSessions } = require('./sessions');

// A document of 1 MiB, as base64 in JSON.
const BODY_LIMIT = '1500kb';

function createApi({ config, prisma, logger, drain }) {
  const sessions = createSessions({ config, prisma });
  const cookies = createCookies(config.FRONTEND_URL);
  const api = express();

  // Addresses of clients come from the reverse proxy, which is on this machine or in its private network.
  api.set('trust proxy', ['loopback', 'uniquelocal']);
  api.use(drain.middleware);
  api.use(requestLog(logger));
  api.use(helmet());
  api.use(healthRoutes({ prisma, drain }));

  api.use('/api', cors({ origin: new URL(config.FRONTEND_URL).origin, credentials: true }));
  api.use('/api', express.json({ limit: BODY_LIMIT }));
  api.use('/api/auth', authRoutes({ prisma, sessions, cookies }));
  api.use('/api', authenticate(sessions));
  api.use('/api/clients', clientRoutes({ prisma }));
  api.use('/api', documentRoutes({ prisma }));

  api.use((req) => {
    throw notFound(`${req.method} ${req.path}`);
  });
  api.use(errorHandler);
  return api;
}

module.exports = { createApi };
