//! Settings that a schema declares.

use crate::fixture::{env, of_files, service};
use model::facts::{EnvFact, ValueCheck};

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

const ZOD: &str = r#"{"name":"api","scripts":{"start":"node index.js"},"dependencies":{"express":"5","zod":"4","valibot":"1"}}"#;
const LISTENS: &str = "require('express')().listen(process.env.PORT || 3000);\n";

/// The variables of a service with these files, `index.js` listening.
fn declared(files: &[(&str, &str)]) -> Vec<EnvFact> {
    let mut all = vec![("package.json", ZOD)];
    let index = files.iter().find(|(path, _)| *path == "index.js").map_or("", |(_, text)| text);
    let index = format!("{index}\n{LISTENS}");
    all.push(("index.js", &index));
    all.extend(files.iter().filter(|(path, _)| *path != "index.js"));
    let facts = of_files("api", &all);
    service(&facts, "api").env.clone()
}

/// Whether it is required, its default and its check, as one text each.
fn told(env: &[EnvFact], name: &str) -> String {
    let fact = env.iter().find(|fact| fact.name == name).unwrap_or_else(|| panic!("no {name} in {env:?}"));
    let default = fact.default.as_deref().map(|default| format!(" default {default}")).unwrap_or_default();
    let check = match &fact.check {
        None => String::new(),
        Some(ValueCheck::Number) => " number".into(),
        Some(ValueCheck::Boolean) => " boolean".into(),
        Some(ValueCheck::Url) => " url".into(),
        Some(ValueCheck::Text { min_length }) => format!(" text {min_length}"),
        Some(ValueCheck::OneOf { values }) => format!(" of {}", values.join("|")),
    };
    format!("{}{check}{default}", if fact.required { "required" } else { "optional" })
}

#[test]
fn fields_made_by_constants_and_functions_are_seen() {
    let env = declared(&[(
        "index.js",
        "const { z } = require('zod');
const http = z.url();
const LEVELS = ['info', 'debug'];
const FALLBACK = 7;
const atLeast = (least) => z.coerce.number().min(least);
const text = (length, fallback) => z.string().min(length).default(fallback);
function flag() { return z.stringbool(); }
const fields = { secret: z.string().min(32) };
const base = z.object({ HOME_URL: http.default('https://a.example'), LEVEL: z.enum(LEVELS).default('info') });
const more = { RETRIES: atLeast(0).default(FALLBACK), DEBUG: flag().optional() };
const schema = base.extend({ ...more, CALLBACK: http, MOTTO: text(3, 'go') }).merge(z.object({ SIGNING: fields.secret }));
const env = schema.parse(process.env);
module.exports = { URL: env.CALLBACK, SCHEMA: schema };",
    )]);
    assert_eq!(told(&env, "HOME_URL"), "optional url default https://a.example");
    assert_eq!(told(&env, "LEVEL"), "optional of info|debug default info");
    assert_eq!(told(&env, "RETRIES"), "optional number default 7");
    assert_eq!(told(&env, "DEBUG"), "optional boolean");
    assert_eq!(told(&env, "CALLBACK"), "required url");
    assert_eq!(told(&env, "MOTTO"), "optional text 3 default go");
    assert_eq!(told(&env, "SIGNING"), "required text 32");
    assert!(!env.iter().any(|fact| fact.name == "URL" || fact.name == "SCHEMA"), "{env:?}");
}

#[test]
fn fields_made_in_other_files_are_seen() {
    let env = declared(&[
        ("index.js", "const { env } = require('./config/env');"),
        (
            "config/env.js",
            "import { z } from 'zod';
import { http, atLeast as least } from './fields.js';
import * as fields from './fields.js';
import base from './base.js';
export const env = base.merge(z.object({
  PUBLIC_HOME: http.default('https://a.example'),
  POOL: least(1),
  OWNER: fields.owner(),
})).parse(process.env);",
        ),
        (
            "config/fields.js",
            "import { z } from 'zod';
export const http = z.url();
export function atLeast(n) { return z.coerce.number().min(n); }
export const owner = () => z.string().min(2);",
        ),
        ("config/base.js", "import { z } from 'zod'; export default z.object({ BASE_KEY: z.string() });"),
    ]);
    assert_eq!(told(&env, "PUBLIC_HOME"), "optional url default https://a.example");
    assert_eq!(told(&env, "POOL"), "required number");
    assert_eq!(told(&env, "OWNER"), "required text 2");
    assert_eq!(told(&env, "BASE_KEY"), "required");
}

#[test]
fn other_libraries_declare_as_well() {
    let envalid = "const envalid = require('envalid'); const { str: text, makeValidator } = require('envalid');
const url_ = envalid.url; const positive = makeValidator((x) => Number(x));
const PORTS = 4000;
envalid.cleanEnv(process.env, { CALLBACK: url_(), METRICS_PORT: envalid.port({ default: PORTS }), NAME_OF: text({ choices: ['a', 'b'] }), COUNT: positive({ default: 2 }) });";
    let env = declared(&[("index.js", envalid)]);
    assert_eq!(told(&env, "CALLBACK"), "required url");
    assert_eq!(told(&env, "METRICS_PORT"), "optional number default 4000");
    assert_eq!(told(&env, "NAME_OF"), "required of a|b");
    assert_eq!(told(&env, "COUNT"), "optional default 2");

    let valibot = "import { object, optional, parse, picklist, pipe, string, url } from 'valibot';
const http = pipe(string(), url());
parse(object({ CALLBACK: http, LEVEL: optional(picklist(['a', 'b']), 'a'), SECOND: optional(http) }), process.env);";
    let env = declared(&[("index.js", "require('./env')"), ("env.js", valibot)]);
    assert_eq!(told(&env, "CALLBACK"), "required url");
    assert_eq!(told(&env, "LEVEL"), "optional of a|b default a");
    assert_eq!(told(&env, "SECOND"), "optional url");

    let typebox = "import { Type } from '@sinclair/typebox';
const Level = Type.Union([Type.Literal('info'), Type.Literal('debug')]);
export const schema = Type.Object({ CALLBACK: Type.String({ format: 'uri' }), POOL: Type.Number({ default: 3 }), LEVEL: Level, NICK: Type.Optional(Type.String()) });
check(schema, process.env);";
    let env = declared(&[("index.js", "require('./env')"), ("env.js", typebox)]);
    assert_eq!(told(&env, "CALLBACK"), "required url");
    assert_eq!(told(&env, "POOL"), "optional number default 3");
    assert_eq!(told(&env, "LEVEL"), "required of info|debug");
    assert_eq!(told(&env, "NICK"), "optional");

    let arktype = "import { type } from 'arktype';
const Env = type({ CALLBACK: 'string.url', POOL: \"string.integer.parse = '3'\", 'SENTRY_DSN?': 'string', LEVEL: \"'info' | 'debug'\", other: 'string' });
Env(process.env);";
    let env = declared(&[("index.js", "require('./env')"), ("env.js", arktype)]);
    assert_eq!(told(&env, "CALLBACK"), "required url");
    assert_eq!(told(&env, "POOL"), "optional number default 3");
    assert_eq!(told(&env, "SENTRY_DSN"), "optional");
    assert_eq!(told(&env, "LEVEL"), "required of info|debug");

    let t3 = "import { createEnv } from '@t3-oss/env-nextjs'; import { z } from 'zod';
const http = z.url();
export const env = createEnv({ server: { CALLBACK: http, POOL: z.coerce.number().default(3) }, client: {}, runtimeEnv: { CALLBACK: process.env.CALLBACK, POOL: process.env.POOL } });";
    let env = declared(&[("index.js", "require('./env')"), ("env.js", t3)]);
    assert_eq!(told(&env, "CALLBACK"), "required url");
    assert_eq!(told(&env, "POOL"), "optional number default 3");
}

#[test]
fn what_only_looks_like_a_schema_declares_nothing() {
    let env = declared(&[
        (
            "index.js",
            "const { z } = require('zod'); const { t } = require('./words'); const r = require('./routes');
const USER = z.object({ name: z.string() });
const schemas = { USER, ORDER: USER.extend({ id: z.string() }) };
const labels = { TITLE: t('title'), BODY: t('body') };
const routes = { LIST: r.list(), SHOW: r.show };
const once = { A_KEY: USER.parse(process.env), B_KEY: loop };
const loop = loop2, loop2 = loop;
module.exports = { schemas, labels, routes, once };",
        ),
        ("words.js", "exports.t = (key) => translate(key);"),
        ("routes.js", "exports.list = () => build('list'); exports.show = build('show');"),
    ]);
    let names: Vec<&str> = env.iter().map(|fact| fact.name.as_str()).collect();
    assert_eq!(names, ["PORT"]);
}

/// When a variable is required that is not always.
fn needed(env: &[EnvFact], name: &str) -> Option<String> {
    let fact = env.iter().find(|fact| fact.name == name).unwrap_or_else(|| panic!("no {name} in {env:?}"));
    assert!(!fact.required, "{fact:?}");
    fact.required_when.as_ref().map(ToString::to_string)
}

const PAYS: &str = "const { z } = require('zod');
const text = z.string().optional();
const schema = z.object({ ENABLE_PAYMENT: z.stringbool(), PROVIDER: z.enum(['none', 'smtp']), HOME: z.string(), KEY_A: text, KEY_B: text, KEY_C: text })";

#[test]
fn what_a_flag_of_a_zod_schema_demands_is_told() {
    for (rules, a, b) in [
        (
            ".superRefine((env, ctx) => {
  if (env.ENABLE_PAYMENT && !env.KEY_A) ctx.addIssue({ code: 'custom', path: ['KEY_A'], message: 'x' });
  if (env.PROVIDER === 'smtp') { if (!env.KEY_B) { ctx.addIssue({ path: ['KEY_B'], message: 'x' }); } }
})",
            Some("ENABLE_PAYMENT is true"),
            Some("PROVIDER is smtp"),
        ),
        (
            ".superRefine((env, ctx) => {
  if (!env.ENABLE_PAYMENT) return;
  for (const key of ['KEY_A', 'KEY_B']) { if (!env[key]) ctx.addIssue({ path: [key], message: 'x' }); }
})",
            Some("ENABLE_PAYMENT is true"),
            Some("ENABLE_PAYMENT is true"),
        ),
        (
            ".refine((env) => !env.ENABLE_PAYMENT || !!env.KEY_A, { path: ['KEY_A'] })
.refine((env) => { return env.PROVIDER !== 'smtp' || Boolean(env.KEY_B); }, { path: ['KEY_B'] })",
            Some("ENABLE_PAYMENT is true"),
            Some("PROVIDER is smtp"),
        ),
        (
            ".check((ctx) => { if (ctx.value.ENABLE_PAYMENT) ctx.issues.push({ path: ['KEY_B'] }); })",
            None,
            Some("ENABLE_PAYMENT is true"),
        ),
        // What is no flag, has no condition, or comes after it has ended, says nothing.
        (
            ".superRefine((env, ctx) => {
  if (env.HOME && !env.KEY_A) ctx.addIssue({ path: ['KEY_A'] });
  if (env.ENABLE_PAYMENT) { log(env.KEY_B); }
  ctx.addIssue({ path: ['KEY_B'] });
  (() => { if (!env.ENABLE_PAYMENT) return; })();
  ctx.addIssue({ path: ['KEY_B'] });
})",
            None,
            None,
        ),
    ] {
        let env = declared(&[("index.js", &format!("{PAYS}{rules}; schema.parse(process.env);"))]);
        assert_eq!(needed(&env, "KEY_A").as_deref(), a, "{rules}");
        assert_eq!(needed(&env, "KEY_B").as_deref(), b, "{rules}");
        assert_eq!(needed(&env, "KEY_C"), None, "{rules}");
    }
}

#[test]
fn what_a_flag_demands_outside_of_a_schema_is_told() {
    let guard = "
function feature(env, problems, name, keys) {
  if (env[name] !== 'true') return undefined;
  const missing = keys.filter((key) => env[key] === undefined);
  problems.push(...missing);
}
function label(env, name, keys) { return keys.map((key) => env[name] + key); }
module.exports = (env, problems) => { feature(env, problems, 'ENABLE_PAYMENT', ['KEY_A', 'KEY_B']); label(env, 'ENABLE_PAYMENT', ['KEY_C']); };";
    let env = declared(&[("index.js", &format!("{PAYS}; schema.parse(process.env);{guard}"))]);
    assert_eq!(needed(&env, "KEY_A").as_deref(), Some("ENABLE_PAYMENT is true"));
    assert_eq!(needed(&env, "KEY_B").as_deref(), Some("ENABLE_PAYMENT is true"));
    assert_eq!(needed(&env, "KEY_C"), None);

    let plain =
        "if (process.env.ENABLE_MAIL === 'true' && !process.env.MAIL_KEY) throw new Error('MAIL_KEY');
if (process.env.ENABLE_MAIL === 'true') { if (!process.env.MAIL_FROM) { process.exit(1); } }
if (process.env.NODE_ENV === 'production' && !process.env.ALWAYS) throw new Error('ALWAYS');
if (!process.env.PLAIN) throw new Error('PLAIN');";
    let env = declared(&[("index.js", plain)]);
    assert_eq!(needed(&env, "MAIL_KEY").as_deref(), Some("ENABLE_MAIL is true"));
    assert_eq!(needed(&env, "MAIL_FROM").as_deref(), Some("ENABLE_MAIL is true"));
    assert_eq!((told(&env, "ALWAYS"), told(&env, "PLAIN")), ("required".into(), "required".into()));
}

#[test]
fn what_a_flag_of_a_joi_schema_demands_is_told() {
    let env = declared(&[(
        "index.js",
        "const Joi = require('joi');
const whenPaid = Joi.string().when('ENABLE_PAYMENT', { is: true, then: Joi.required(), otherwise: Joi.optional() });
const schema = Joi.object({
  ENABLE_PAYMENT: Joi.boolean().default(false),
  PROVIDER: Joi.string().valid('none', 'smtp').required(),
  KEY_A: Joi.string().when('ENABLE_PAYMENT', { is: false, then: Joi.optional() }),
  KEY_B: whenPaid,
  KEY_C: Joi.string().when('PROVIDER', { is: Joi.valid('smtp'), then: Joi.string().required() }),
  KEY_D: Joi.string().required().when('ENABLE_PAYMENT', { is: true, then: Joi.required() }),
});
schema.validate(process.env);",
    )]);
    assert_eq!(needed(&env, "KEY_A"), None);
    assert_eq!(needed(&env, "KEY_B").as_deref(), Some("ENABLE_PAYMENT is true"));
    assert_eq!(needed(&env, "KEY_C").as_deref(), Some("PROVIDER is smtp"));
    assert_eq!(told(&env, "KEY_D"), "required");
}
