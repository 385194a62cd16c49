import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const BUCKETS_MS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

export type Metrics = ReturnType<typeof createMetrics>;

/** What Prometheus reads, in a registry of its own. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    httpRequestDuration: new Histogram({
      name: 'http_request_duration_ms',
      help: 'Duration of HTTP requests in ms',
      labelNames: ['method', 'route', 'status_code'],
      buckets: BUCKETS_MS,
      registers,
    }),
    agentExecutionDuration: new Histogram({
      name: 'agent_execution_duration_ms',
      help: 'Duration of agent execution in ms',
      labelNames: ['agent_name', 'workflow'],
      buckets: BUCKETS_MS,
      registers,
    }),
    claudeApiCalls: new Counter({
      name: 'claude_api_calls_total',
      help: 'Total Claude API calls',
      labelNames: ['agent_name', 'status'],
      registers,
    }),
    websocketConnections: new Gauge({
      name: 'websocket_connections',
      help: 'Open WebSocket connections',
      registers,
    }),
  };
}
