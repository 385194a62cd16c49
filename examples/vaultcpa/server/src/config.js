const dotenv = require('dotenv');
const Joi = require('joi');

const duration = Joi.string()
  .pattern(/^[1-9]\d*[smhd]$/)
  .messages({ 'string.pattern.base': '{{#label}} must be a duration such as 15m or 7d' });

const envSchema = Joi.object({
  NODE_ENV: Joi.string().valid('development', 'production', 'test').required(),
  PORT: Joi.number().port().default(3080),
  DATABASE_URL: Joi.string().uri({ scheme: ['postgres', 'postgresql'] }).required(),
  JWT_SECRET: Joi.string().min(32).required(),
  JWT_REFRESH_SECRET: Joi.string()
    .min(32)
    .invalid(Joi.ref('JWT_SECRET'))
    .required()
    .messages({ 'any.invalid': '{{#label}} must differ from JWT_SECRET' }),
  JWT_EXPIRES_IN: duration.default('15m'),
  JWT_REFRESH_EXPIRES_IN: duration.default('7d'),
  FRONTEND_URL: Joi.string().uri({ scheme: ['http', 'https'] }).required(),
  LOG_LEVEL: Joi.string().valid('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
});

class ConfigError extends Error {}

/** The validated settings; throws a ConfigError naming every variable that is wrong, never its value. */
function readConfig(env) {
  const { error, value } = envSchema.validate(env, { abortEarly: false, stripUnknown: true });
  if (error) {
    const problems = error.details.map((detail) => `  - ${detail.message.replaceAll('"', '')}`);
    throw new ConfigError(
      `Config validation error:\n${problems.join('\n')}\nSet these variables, or see .env.example.`,
    );
  }
  return value;
}

function loadConfig() {
  dotenv.config({ quiet: true });
  return readConfig(process.env);
}

module.exports = { ConfigError, loadConfig, readConfig };
