import { createServer } from 'node:http';
import { createApp, createServices } from './app.js';
import type { Config } from './config.js';
import { listen } from './database.js';
import { createLive } from './live.js';
import type { Logger } from './logger.js';
import { IDEAS_CHANNEL, newsOf } from './projects.js';

// Longer than a reverse proxy keeps its side (nginx: 60 s), so that it never sends a request into a closing connection.
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = KEEP_ALIVE_MS + 5_000;
const GOODBYE_LIMIT_MS = 2_000;
// Two attempts at the language model fit into it.
const DRAIN_LIMIT_MS = 25_000;

/** The whole backend: HTTP, WebSockets and what they need. Not listening yet. */
export function createBackend(config: Config, logger: Logger) {
  const services = createServices(config, logger);
  const { database, cache, drain, projects } = services;
  const live = createLive(services);
  const server = createServer(createApp(services));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_MS;
  server.on('upgrade', live.upgrade);

  async function announce(payload: string): Promise<void> {
    const news = newsOf(payload);
    // Nobody here asks for this project: the database need not be asked either.
    if (!news || !live.has(news.projectId)) return;
    const idea = await projects.findIdea(news.id);
    if (idea) live.announce(idea);
  }
  const hearing = {
    heard: (payload: string) => {
      announce(payload).catch((error: unknown) => logger.warn({ err: error }, 'an idea could not be announced'));
    },
    missed: live.refresh,
  };
  const listener = listen(config.DATABASE_URL, IDEAS_CHANNEL, hearing, logger);

  /** Resolves to true when everything in flight was finished, to false when some of it was cut off. */
  async function stop(limitMs = DRAIN_LIMIT_MS): Promise<boolean> {
    const [clean] = await Promise.all([drain.run(server, limitMs), live.close(GOODBYE_LIMIT_MS)]);
    await listener.close();
    await Promise.all([database.end(), cache.close()]);
    return clean;
  }

  return { server, services, listening: listener.ready, stop };
}
