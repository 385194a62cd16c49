import { type IncomingHttpHeaders, createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';

export interface Taken {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Stands in for Stripe and SendGrid: notes what it is asked and answers what the test says. */
export async function standIn() {
  const taken: Taken[] = [];
  const answer = { status: 200, body: {} as unknown };
  const server = createServer(async (req, res) => {
    taken.push({ method: req.method ?? '', path: req.url ?? '', headers: req.headers, body: await text(req) });
    res.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    taken,
    answer,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

export type StandIn = Awaited<ReturnType<typeof standIn>>;
