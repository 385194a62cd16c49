import { ConsoleLogger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { createApp } from './app.js';
import type { Settings } from './settings.js';

const logger = new ConsoleLogger({ json: true });
const app = await createApp(logger).catch((error: unknown) => {
  logger.fatal(error instanceof Error ? error.message : error);
  process.exit(1);
});
// Ends by itself and with status 0 on SIGTERM, after the requests in flight.
app.enableShutdownHooks([], { useProcessExit: true });

const settings = app.get<ConfigService<Settings, true>>(ConfigService);
logger.setLogLevels([settings.get('LOG_LEVEL', { infer: true })]);
await app.listen(settings.get('PORT', { infer: true }));
logger.log({ message: 'listening', url: await app.getUrl() }, 'Main');
