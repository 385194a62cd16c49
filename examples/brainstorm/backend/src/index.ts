import { ConfigError, loadConfig } from './config.js';
import { createLogger } from './logger.js';
import { createBackend } from './server.js';

function main(): void {
  const config = loadConfig();
  const logger = createLogger(config.LOG_LEVEL);
  const { server, stop } = createBackend(config, logger);
  server.on('error', (error) => {
    logger.fatal({ err: error }, `cannot listen on port ${config.PORT}`);
    process.exit(1);
  });
  server.listen(config.PORT, () => logger.info({ port: config.PORT, environment: config.NODE_ENV }, 'listening'));

  let stopping = false;
  const onSignal = async (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    const clean = await stop();
    if (!clean) logger.warn('requests were cut off at the shutdown limit');
    logger.info('stopped');
    process.exit(clean ? 0 : 1);
  };
  process.on('SIGTERM', (signal) => void onSignal(signal));
  process.on('SIGINT', (signal) => void onSignal(signal));
}

try {
  main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}
