const pino = require('pino');

/** One JSON object a line on standard output, with the level by name. */
function createLogger(level) {
  return pino({
    level,
    base: { service: 'vaultcpa-server' },
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}

module.exports = { createLogger };
