// A stand-in for the Claude API, for tests and for trying things out: `npm run claude`, then CLAUDE_BASE_URL=http://localhost:8089
// and any CLAUDE_API_KEY.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {{ status: number, body?: unknown, delayMs?: number }} Answer
 * @typedef {{ key: string | undefined, version: string | undefined, model: string, prompt: string }} Call
 */

/**
 * Answers as https://docs.anthropic.com/en/api/messages says, with as many ideas as the prompt asks for. What is put into
 * `next` is answered first.
 * @param {number} port
 * @param {string} host
 */
export async function startClaude(port = 0, host = '127.0.0.1') {
  /** @type {Call[]} */
  const calls = [];
  /** @type {Answer[]} */
  const next = [];

  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    if (request.method !== 'POST' || request.url !== '/v1/messages') return response.writeHead(404).end();
    const { model, messages } = JSON.parse(text);
    const prompt = messages[0].content;
    const header = (/** @type {string} */ name) => request.headers[name]?.toString();
    calls.push({ key: header('x-api-key'), version: header('anthropic-version'), model, prompt });
    const { status, body, delayMs = 0 } = next.shift() ?? { status: 200, body: reply(model, prompt, calls.length) };
    setTimeout(() => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body ?? {}));
    }, delayMs);
  });
  await new Promise((resolve) => server.listen(port, host, () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());

  return {
    url: `http://${host}:${address.port}`,
    calls,
    next,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * @param {string} model
 * @param {string} prompt
 * @param {number} nth
 */
function reply(model, prompt, nth) {
  const count = Number(/Suggest (\d+)/.exec(prompt)?.[1] ?? 3);
  const ideas = Array.from({ length: count }, (_, index) => `${index + 1}. Idea ${nth}.${index + 1} of the stand-in`);
  return {
    id: `msg_${nth}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text: ideas.join('\n') }],
    stop_reason: 'end_turn',
    usage: { input_tokens: prompt.length, output_tokens: 20 * count },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { CLAUDE_STAND_IN_PORT: port = '8089', CLAUDE_STAND_IN_HOST: host } = process.env;
  const { url } = await startClaude(Number(port), host);
  console.log(url);
}
