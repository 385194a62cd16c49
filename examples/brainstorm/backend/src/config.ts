import { existsSync } from 'node:fs';
import { z } from 'zod';

const DURATION = /^[1-9]\d*[smhd]$/;
const NO_DURATION = 'must be a duration such as 15m or 7d';

const envSchema = z
  .object({
    NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
    PORT: z.coerce.number().int().min(1).max(65535).default(3001),
    CORS_ORIGIN: z.url({ protocol: /^https?$/ }).optional(),
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
    DB_POOL_MIN: z.coerce.number().int().min(0).default(0),
    DB_POOL_MAX: z.coerce.number().int().min(1).default(10),
    REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
    JWT_SECRET: z.string().min(32),
    JWT_REFRESH_SECRET: z.string().min(32),
    JWT_EXPIRES_IN: z.string().regex(DURATION, NO_DURATION).default('15m'),
    JWT_REFRESH_EXPIRES_IN: z.string().regex(DURATION, NO_DURATION).default('7d'),
    CLAUDE_API_KEY: z.string().optional(),
    CLAUDE_MODEL: z.string().default('claude-sonnet-4-5-20250929'),
    CLAUDE_BASE_URL: z.url({ protocol: /^https?$/ }).default('https://api.anthropic.com'),
    CLAUDE_TIMEOUT_MS: z.coerce.number().int().min(1).default(10_000),
    SENTRY_DSN: z.url({ protocol: /^https?$/ }).optional(),
    PROMETHEUS_ENABLED: z.enum(['true', 'false']).default('true'),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  })
  // `when`: told together with everything else that is wrong, not only once the rest is right.
  .refine((env) => !env.JWT_SECRET || env.JWT_SECRET !== env.JWT_REFRESH_SECRET, {
    path: ['JWT_REFRESH_SECRET'],
    error: 'must differ from JWT_SECRET',
    when: () => true,
  })
  .refine((env) => !(env.DB_POOL_MIN > env.DB_POOL_MAX), {
    path: ['DB_POOL_MIN'],
    error: 'must not exceed DB_POOL_MAX',
    when: () => true,
  });

export type Config = z.infer<typeof envSchema>;

export class ConfigError extends Error {}

/** The validated settings; throws a ConfigError naming every variable that is wrong, never its value. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const { success, data, error } = envSchema.safeParse(given);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => {
    const name = path.join('.');
    return `  - ${name}: ${name in given ? message : 'is missing'}`;
  });
  throw new ConfigError(
    `The settings are not right:\n${problems.join('\n')}\nSet these variables; .env.example describes them.`,
  );
}

export function loadEnvFile(): void {
  // What is set already stays as it is.
  if (existsSync('.env')) process.loadEnvFile('.env');
}

export function loadConfig(): Config {
  loadEnvFile();
  return readConfig(process.env);
}
