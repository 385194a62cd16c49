const { badRequest } = require('../errors');

/** The value as the schema describes it, with defaults filled in; a 400 naming every wrong field otherwise. */
function validate(schema, value) {
  const { error, value: valid } = schema.validate(value ?? {}, { abortEarly: false });
  if (!error) return valid;
  throw badRequest(
    'Some fields are not valid',
    error.details.map(({ path, message }) => ({ field: path.join('.'), message: message.replaceAll('"', '') })),
  );
}

module.exports = { validate };
