const Joi = require('joi');

/** What several routes accept in the same form. */
module.exports = {
  // Any domain: a firm may use names that exist only in its own network.
  email: Joi.string().email({ tlds: { allow: false } }).lowercase().max(254),
  identified: Joi.object({ id: Joi.string().uuid().required() }),
  page: {
    limit: Joi.number().integer().min(1).max(200).default(50),
    offset: Joi.number().integer().min(0).default(0),
  },
};
