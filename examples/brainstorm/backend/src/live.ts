import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import type { Idea, Projects } from './projects.js';
import type { Sessions } from './sessions.js';

export const LIVE_PATH = '/api/ws';
const JOIN_LIMIT_MS = 10_000;
const HEARTBEAT_MS = 30_000;
const LONGEST_MESSAGE = 4_096;

// https://www.rfc-editor.org/rfc/rfc6455#section-7.4
const GOING_AWAY = 1001;
const REFUSED = 4401;
const TOO_LATE = 4408;

const joinSchema = z.object({ type: z.literal('join'), token: z.string(), projectId: z.uuid() });

interface Needs {
  sessions: Sessions;
  projects: Projects;
  metrics: Metrics;
  logger: Logger;
}

export type Live = ReturnType<typeof createLive>;

/**
 * WebSockets on which new ideas of a project are told. The first message of a client is
 * `{"type":"join","token":"<access token>","projectId":"…"}`: a token in the address would end up in logs.
 */
export function createLive({ sessions, projects, metrics, logger }: Needs) {
  const server = new WebSocketServer({ noServer: true, maxPayload: LONGEST_MESSAGE });
  const rooms = new Map<string, Set<WebSocket>>();
  const alive = new WeakSet<WebSocket>();
  let stopping = false;

  function leave(projectId: string, socket: WebSocket): void {
    const room = rooms.get(projectId);
    room?.delete(socket);
    if (room?.size === 0) rooms.delete(projectId);
  }

  async function join(socket: WebSocket, message: string): Promise<void> {
    const { token, projectId } = joinSchema.parse(JSON.parse(message));
    await projects.find(sessions.identify(token), projectId);
    if (socket.readyState !== WebSocket.OPEN) return;
    const room = rooms.get(projectId) ?? new Set();
    rooms.set(projectId, room.add(socket));
    socket.once('close', () => leave(projectId, socket));
    socket.send(JSON.stringify({ type: 'joined', projectId }));
  }

  server.on('connection', (socket: WebSocket) => {
    metrics.websocketConnections.inc();
    const limit = setTimeout(() => socket.close(TOO_LATE, 'join first'), JOIN_LIMIT_MS);
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    socket.on('error', (error) => logger.debug({ err: error }, 'a WebSocket failed'));
    socket.once('message', (data) => {
      clearTimeout(limit);
      const message = Buffer.isBuffer(data) ? data.toString() : '';
      join(socket, message).catch(() => socket.close(REFUSED, 'not allowed'));
    });
    socket.once('close', () => {
      clearTimeout(limit);
      metrics.websocketConnections.dec();
    });
  });

  const heartbeat = setInterval(() => {
    for (const socket of server.clients) {
      if (!alive.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  /** For the `upgrade` event of an HTTP server. */
  function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const path = request.url?.split('?')[0];
    if (path !== LIVE_PATH || stopping) {
      const status = stopping ? '503 Service Unavailable' : '404 Not Found';
      stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    server.handleUpgrade(request, stream, head, (socket) => server.emit('connection', socket, request));
  }

  function tell(sockets: Iterable<WebSocket>, message: object): void {
    const text = JSON.stringify(message);
    for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) socket.send(text);
  }

  return {
    upgrade,
    has: (projectId: string) => rooms.has(projectId),
    announce: (idea: Idea) => tell(rooms.get(idea.projectId) ?? [], { type: 'idea', idea }),
    /** Everyone should ask again for what there is. */
    refresh: () => tell(server.clients, { type: 'refresh' }),
    /** Says goodbye to everyone; who does not answer within the limit is cut off. */
    async close(limitMs: number): Promise<void> {
      stopping = true;
      clearInterval(heartbeat);
      const gone = [...server.clients].map(
        (socket) => new Promise((resolve) => (socket.once('close', resolve), socket.close(GOING_AWAY, 'restarting'))),
      );
      const cut = setTimeout(() => server.clients.forEach((socket) => socket.terminate()), limitMs);
      await Promise.all(gone);
      clearTimeout(cut);
    },
  };
}
