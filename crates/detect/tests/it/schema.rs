//! Settings that a schema declares.

use crate::fixture::{env, of_files, service};
use model::facts::ValueCheck;

#[test]
fn a_schema_kept_in_a_variable_declares_like_one_in_place() {
    let config = "const Joi = require('joi');
const duration = Joi.string().pattern(/^\\d+[smh]$/);
const schema = Joi.object({
  DATABASE_URL: Joi.string().uri().required(),
  LOG_LEVEL: Joi.string().valid('info', 'debug').default('info'),
  EXPIRES_IN: duration.default('15m'),
  REFRESH_IN: duration.required(),
});
const { value } = schema.validate(process.env);
require('express')().listen(process.env.PORT || 3000);
";
    let package =
        r#"{"name":"api","scripts":{"start":"node index.js"},"dependencies":{"express":"5","joi":"18"}}"#;
    let facts = of_files("api", &[("package.json", package), ("index.js", config)]);
    let api = service(&facts, "api");
    let expires = env(api, "EXPIRES_IN");
    assert_eq!((expires.required, expires.default.as_deref()), (false, Some("15m")));
    assert!(env(api, "REFRESH_IN").required);
    assert_eq!(env(api, "DATABASE_URL").check, Some(ValueCheck::Url));
}

#[test]
fn an_object_that_only_passes_values_on_is_no_schema() {
    let code = "const { z } = require('zod');
const other = require('./other');
module.exports = { A: z.string(), RAW: other.value(), MORE: other.value() };
require('express')().listen(process.env.PORT || 3000);
";
    let package =
        r#"{"name":"api","scripts":{"start":"node index.js"},"dependencies":{"express":"5","zod":"4"}}"#;
    let facts = of_files("api", &[("package.json", package), ("index.js", code), ("other.js", "")]);
    let api = service(&facts, "api");
    assert!(!api.env.iter().any(|env| env.name == "RAW" || env.name == "MORE"), "{:?}", api.env);
}
