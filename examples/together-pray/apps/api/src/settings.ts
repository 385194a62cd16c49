import Joi from 'joi';

/** Every variable that the API reads; `ConfigModule` refuses to start without them and names all that are wrong. */
export const settingsSchema = Joi.object({
  NODE_ENV: Joi.string().valid('development', 'production', 'test').default('development'),
  PORT: Joi.number().port().default(3001),
  LOG_LEVEL: Joi.string().valid('fatal', 'error', 'warn', 'log', 'debug', 'verbose').default('log'),
  DATABASE_URL: Joi.string().uri({ scheme: ['postgres', 'postgresql'] }).required(),
  DATABASE_POOL: Joi.number().integer().min(1).max(100).default(10),
  JWT_SECRET: Joi.string().min(32).required(),
  JWT_REFRESH_SECRET: Joi.string()
    .min(32)
    .invalid(Joi.ref('JWT_SECRET'))
    .required()
    .messages({ 'any.invalid': '{{#label}} must differ from JWT_SECRET' }),
  FRONTEND_URL: Joi.string().uri({ scheme: ['http', 'https'] }).required(),
  THROTTLE_LIMIT: Joi.number().integer().min(1).default(3000),
  SENTRY_DSN: Joi.string().uri({ scheme: ['http', 'https'] }).allow(''),
}).unknown();

/** The settings as they are after validation. */
export interface Settings {
  NODE_ENV: 'development' | 'production' | 'test';
  PORT: number;
  LOG_LEVEL: 'fatal' | 'error' | 'warn' | 'log' | 'debug' | 'verbose';
  DATABASE_URL: string;
  DATABASE_POOL: number;
  JWT_SECRET: string;
  JWT_REFRESH_SECRET: string;
  FRONTEND_URL: string;
  THROTTLE_LIMIT: number;
  SENTRY_DSN?: string;
}
