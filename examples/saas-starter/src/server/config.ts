import dotenv from 'dotenv';
import { z } from 'zod';

const schema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  JWT_SECRET: z.string().min(32),
  JWT_EXPIRY: z
    .string()
    .regex(/^[1-9]\d*[smhd]$/, 'must be a duration such as 15m or 7d')
    .default('7d'),
  API_BASE_URL: z.url({ protocol: /^https?$/ }).default('http://localhost:3000'),
  CLIENT_BASE_URL: z.url({ protocol: /^https?$/ }).default('http://localhost:5173'),
  ENABLE_PAYMENT: z.enum(['true', 'false']).default('false'),
  STRIPE_SECRET_KEY: z.string().optional(),
  STRIPE_WEBHOOK_SECRET: z.string().optional(),
  STRIPE_API_BASE: z.url({ protocol: /^https?$/ }).default('https://api.stripe.com'),
  ENABLE_EMAIL: z.enum(['true', 'false']).default('false'),
  SENDGRID_API_KEY: z.string().optional(),
  SENDGRID_API_BASE: z.url({ protocol: /^https?$/ }).default('https://api.sendgrid.com'),
  EMAIL_FROM: z.email().default('noreply@example.com'),
});

type Values = z.output<typeof schema>;

/** What Stripe needs. */
export interface PaymentConfig {
  secretKey: string;
  webhookSecret: string;
  apiBase: string;
}

/** What SendGrid needs. */
export interface EmailConfig {
  apiKey: string;
  apiBase: string;
  from: string;
}

export interface Config {
  env: Values['NODE_ENV'];
  port: number;
  logLevel: Values['LOG_LEVEL'];
  databaseUrl: string;
  redisUrl: string;
  jwt: { secret: string; expirySeconds: number };
  apiBaseUrl: string;
  clientBaseUrl: string;
  /** Absent when the feature is off. */
  payment?: PaymentConfig;
  email?: EmailConfig;
}

/** Says what is wrong with the settings, all of it, and no value. */
export class ConfigError extends Error {
  constructor(problems: string[]) {
    const list = problems.map((problem) => `  - ${problem}`).join('\n');
    super(`The settings are not valid:\n${list}\nSet these variables; .env.example describes each.`);
  }
}

/** The settings out of environment variables; a ConfigError names everything that is wrong with them. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  // A variable that is set to nothing counts as not set.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  const problems = result.success ? [] : result.error.issues.map((issue) => describe(issue, given));
  const payment = feature(given, problems, 'ENABLE_PAYMENT', ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET']);
  const email = feature(given, problems, 'ENABLE_EMAIL', ['SENDGRID_API_KEY']);
  if (!result.success || problems.length > 0) throw new ConfigError(problems);

  const values = result.data;
  return {
    env: values.NODE_ENV,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    jwt: { secret: values.JWT_SECRET, expirySeconds: secondsOf(values.JWT_EXPIRY) },
    apiBaseUrl: values.API_BASE_URL,
    clientBaseUrl: new URL(values.CLIENT_BASE_URL).origin,
    payment: payment && {
      secretKey: payment.STRIPE_SECRET_KEY,
      webhookSecret: payment.STRIPE_WEBHOOK_SECRET,
      apiBase: values.STRIPE_API_BASE,
    },
    email: email && {
      apiKey: email.SENDGRID_API_KEY,
      apiBase: values.SENDGRID_API_BASE,
      from: values.EMAIL_FROM,
    },
  };
}

/** The keys that a feature needs when it is on; notes those that are missing. Checked whatever else is wrong. */
function feature<Key extends string>(
  env: Record<string, string | undefined>,
  problems: string[],
  name: string,
  keys: Key[],
): Record<Key, string> | undefined {
  if (env[name] !== 'true') return undefined;
  const missing = keys.filter((key) => env[key] === undefined);
  problems.push(...missing.map((key) => `${key} is required when ${name} is true`));
  return Object.fromEntries(keys.map((key) => [key, env[key] ?? ''])) as Record<Key, string>;
}

function describe(issue: z.core.$ZodIssue, env: Record<string, string | undefined>): string {
  const name = String(issue.path[0]);
  if (env[name] === undefined) return `${name} is required`;
  switch (issue.code) {
    case 'too_small':
      return typeof issue.minimum === 'number' && issue.origin === 'string'
        ? `${name} must have at least ${issue.minimum} characters`
        : `${name} must be at least ${issue.minimum}`;
    case 'invalid_format':
      return issue.format === 'url' || issue.format === 'email'
        ? `${name} must be a valid ${issue.format === 'url' ? 'URL' : 'address'}`
        : `${name} ${issue.message}`;
    case 'invalid_value':
      return `${name} must be one of ${issue.values.join(', ')}`;
    default:
      return `${name} ${issue.message}`;
  }
}

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `15m`, `7d`; the schema lets nothing else through. */
function secondsOf(duration: string): number {
  return Number(duration.slice(0, -1)) * (SECONDS[duration.slice(-1)] ?? 1);
}

/** The settings of this process, with what a file `.env` adds. */
export function loadConfig(): Config {
  dotenv.config({ quiet: true });
  return readConfig(process.env);
}
