import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Cache } from './cache.js';
import type { Config } from './config.js';
import { HttpError } from './errors.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

const API_VERSION = '2023-06-01';
const AGENT = 'brainstormer';
const WORKFLOW = 'suggest';
const MAX_TOKENS = 600;
const ATTEMPTS = 2;
const RETRY_PAUSE_MS = 300;
const REMEMBER_SECONDS = 3_600;
const LONGEST_IDEA = 2_000;

const replySchema = z.object({ content: z.array(z.object({ type: z.string(), text: z.string().optional() })) });

/** What the model is asked about. */
export interface Subject {
  title: string;
  description: string;
  ideas: string[];
}

export interface Claude {
  /** New ideas for a project, as many as asked for or fewer. */
  suggest(subject: Subject, count: number): Promise<string[]>;
}

interface Needs {
  config: Config;
  cache: Cache;
  metrics: Metrics;
  logger: Logger;
}

/** Another attempt may succeed. */
class Transient extends Error {}

/** https://docs.anthropic.com/en/api/messages, with a limit of time and one more attempt. */
export function createClaude({ config, cache, metrics, logger }: Needs): Claude {
  async function call(apiKey: string, prompt: string): Promise<string> {
    const response = await fetch(new URL('/v1/messages', config.CLAUDE_BASE_URL), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'x-api-key': apiKey, 'anthropic-version': API_VERSION },
      body: JSON.stringify({
        model: config.CLAUDE_MODEL,
        max_tokens: MAX_TOKENS,
        messages: [{ role: 'user', content: prompt }],
      }),
      signal: AbortSignal.timeout(config.CLAUDE_TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw new Transient('no answer', { cause: error });
    });
    if (response.status === 429 || response.status >= 500) {
      await response.body?.cancel();
      throw new Transient(`status ${response.status}`);
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`status ${response.status}`);
    }
    const body: unknown = await response.json().catch((error: unknown) => {
      throw new Transient('the answer broke off', { cause: error });
    });
    return replySchema.parse(body).content.map((part) => part.text ?? '').join('');
  }

  async function callTwice(apiKey: string, prompt: string): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      const started = performance.now();
      try {
        const text = await call(apiKey, prompt);
        metrics.claudeApiCalls.inc({ agent_name: AGENT, status: 'success' });
        return text;
      } catch (error) {
        metrics.claudeApiCalls.inc({ agent_name: AGENT, status: 'error' });
        logger.warn({ err: error, attempt }, 'the Claude API failed');
        if (!(error instanceof Transient) || attempt === ATTEMPTS) {
          throw new HttpError(502, 'The language model did not answer; try again later');
        }
        await delay(RETRY_PAUSE_MS);
      } finally {
        const took = performance.now() - started;
        metrics.agentExecutionDuration.observe({ agent_name: AGENT, workflow: WORKFLOW }, took);
      }
    }
  }

  return {
    async suggest(subject, count) {
      const apiKey = config.CLAUDE_API_KEY;
      if (!apiKey) throw new HttpError(503, 'Suggestions are not set up here: CLAUDE_API_KEY is missing');
      const prompt = promptFor(subject, count);
      const key = `ideas:${createHash('sha256').update(`${config.CLAUDE_MODEL}\n${prompt}`).digest('hex')}`;
      const known = await cache.get(key);
      const text = known ?? (await callTwice(apiKey, prompt));
      if (known === undefined) await cache.set(key, text, REMEMBER_SECONDS);
      return ideasIn(text).slice(0, count);
    },
  };
}

function promptFor({ title, description, ideas }: Subject, count: number): string {
  return [
    `Suggest ${count} new ideas for the project "${title}", one a line, without numbers and without anything else.`,
    description && `About the project: ${description}`,
    ideas.length > 0 && `These are there already:\n${ideas.join('\n')}`,
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** One idea a line; models number and bullet them although they are asked not to. */
function ideasIn(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '').trim().slice(0, LONGEST_IDEA))
    .filter((line) => line !== '');
}
