//! Where the values of variables come from: the datastores and services beside, made secrets, the vault.

use super::service::{fixed_variables, is_front_end};
use model::facts::{DatastoreKind, EnvFact, Phase, ServiceFact, ValueCheck};
use model::id::{DatastoreName, ServiceName};
use model::manifest::file::EnvValue;
use model::manifest::{Datastore, Reference, Service, Setting, Template, TemplatePart, ValueSource};
use std::collections::BTreeMap;

/// What a service's variables may refer to.
pub(super) struct Surroundings<'a> {
    pub(super) name: &'a ServiceName,
    pub(super) services: &'a BTreeMap<ServiceName, Service>,
    pub(super) datastores: &'a BTreeMap<DatastoreName, Datastore>,
}

/// The settings of a service by what its code reads, before the file overrules them.
pub(super) fn settings(fact: &ServiceFact, here: &Surroundings<'_>) -> BTreeMap<String, Setting> {
    let port_variable =
        here.services.get(here.name).and_then(|service| service.port.as_ref()?.env.as_deref());
    let mut settings: BTreeMap<String, Setting> = fact
        .env
        .iter()
        .filter(|env| Some(env.name.as_str()) != port_variable)
        .map(|env| (env.name.clone(), setting(env, here)))
        .collect();
    if let Some((name, value, phase)) = fixed_variables(fact) {
        let setting = settings.entry(name.to_owned()).or_insert_with(|| Setting {
            source: ValueSource::Unset,
            required: false,
            required_when: None,
            secret: false,
            phase,
            check: None,
            evidence: Vec::new(),
        });
        setting.source = ValueSource::Template { value: Template::text(value) };
    }
    settings
}

fn setting(env: &EnvFact, here: &Surroundings<'_>) -> Setting {
    let source = from_datastore(env, here)
        .or_else(|| from_service(env, here))
        .map(|value| ValueSource::Template { value })
        .or_else(|| generated(env))
        .unwrap_or(if env.required && env.secret { ValueSource::Vault } else { ValueSource::Unset });
    Setting {
        source: production_word(env).unwrap_or(source),
        required: env.required,
        required_when: env.required_when.clone(),
        secret: env.secret,
        phase: env.phase,
        check: env.check.clone(),
        evidence: env.evidence.clone(),
    }
}

/// Names that mean a field of a datastore. The whole name must match.
const DATASTORE_NAMES: &[(DatastoreKind, &str, &[&str])] = &[
    (
        DatastoreKind::Postgres,
        "url",
        &[
            "DATABASE_URL",
            "DATABASE_URI",
            "DB_URL",
            "DB_URI",
            "POSTGRES_URL",
            "POSTGRESQL_URL",
            "POSTGRES_URI",
            "PG_URL",
            "DIRECT_URL",
            "DATABASE_DIRECT_URL",
            "SQLALCHEMY_DATABASE_URI",
            "SQLALCHEMY_DATABASE_URL",
            "POSTGRES_PRISMA_URL",
            "DATABASE_DSN",
            "POSTGRES_DSN",
        ],
    ),
    (
        DatastoreKind::Postgres,
        "host",
        &["DB_HOST", "POSTGRES_HOST", "POSTGRES_SERVER", "PGHOST", "DATABASE_HOST"],
    ),
    (DatastoreKind::Postgres, "port", &["DB_PORT", "POSTGRES_PORT", "PGPORT", "DATABASE_PORT"]),
    (
        DatastoreKind::Postgres,
        "user",
        &["DB_USER", "DB_USERNAME", "POSTGRES_USER", "PGUSER", "DATABASE_USER", "DATABASE_USERNAME"],
    ),
    (
        DatastoreKind::Postgres,
        "password",
        &["DB_PASSWORD", "DB_PASS", "POSTGRES_PASSWORD", "PGPASSWORD", "DATABASE_PASSWORD"],
    ),
    (
        DatastoreKind::Postgres,
        "database",
        &["DB_NAME", "DB_DATABASE", "POSTGRES_DB", "PGDATABASE", "DATABASE_NAME", "POSTGRES_DATABASE"],
    ),
    (
        DatastoreKind::Redis,
        "url",
        &[
            "REDIS_URL",
            "REDIS_URI",
            "CELERY_BROKER_URL",
            "CELERY_RESULT_BACKEND",
            "BROKER_URL",
            "RESULT_BACKEND",
            "CACHE_URL",
            "REDIS_DSN",
            "REDIS_CONNECTION_STRING",
            "REDIS_TLS_URL",
        ],
    ),
    (DatastoreKind::Redis, "host", &["REDIS_HOST", "REDIS_SERVER"]),
    (DatastoreKind::Redis, "port", &["REDIS_PORT"]),
    (DatastoreKind::Redis, "password", &["REDIS_PASSWORD", "REDIS_PASS"]),
    (
        DatastoreKind::S3,
        "endpoint",
        &[
            "S3_ENDPOINT",
            "S3_ENDPOINT_URL",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_S3",
            "AWS_S3_ENDPOINT",
            "AWS_S3_ENDPOINT_URL",
            "MINIO_ENDPOINT",
            "S3_URL",
        ],
    ),
    (
        DatastoreKind::S3,
        "bucket",
        &[
            "S3_BUCKET",
            "S3_BUCKET_NAME",
            "AWS_S3_BUCKET",
            "AWS_BUCKET",
            "AWS_STORAGE_BUCKET_NAME",
            "BUCKET_NAME",
            "AWS_S3_BUCKET_NAME",
            "AWS_BUCKET_NAME",
        ],
    ),
    (
        DatastoreKind::S3,
        "region",
        &["AWS_REGION", "AWS_DEFAULT_REGION", "S3_REGION", "AWS_S3_REGION", "AWS_S3_REGION_NAME"],
    ),
    (
        DatastoreKind::S3,
        "access_key",
        &["AWS_ACCESS_KEY_ID", "S3_ACCESS_KEY", "S3_ACCESS_KEY_ID", "MINIO_ACCESS_KEY"],
    ),
    (
        DatastoreKind::S3,
        "secret_key",
        &["AWS_SECRET_ACCESS_KEY", "S3_SECRET_KEY", "S3_SECRET_ACCESS_KEY", "MINIO_SECRET_KEY"],
    ),
];

fn from_datastore(env: &EnvFact, here: &Surroundings<'_>) -> Option<Template> {
    let (kind, field, _) = DATASTORE_NAMES.iter().find(|(_, _, names)| names.contains(&env.name.as_str()))?;
    let used = &here.services.get(here.name)?.uses;
    let name =
        used.iter().find(|name| here.datastores.get(*name).is_some_and(|store| store.kind == *kind))?;
    let url_scheme =
        env.default.as_deref().and_then(|default| default.split_once("://")).map(|(scheme, _)| scheme);
    match (*kind, *field, url_scheme) {
        (DatastoreKind::Postgres, "url", Some(scheme)) if scheme.contains('+') => {
            Some(url_with_scheme(scheme, name))
        }
        _ => Some(Template::reference(Reference::datastore(name, field))),
    }
}

/// A URL with the dialect that the code's own default has, like `postgresql+asyncpg`.
fn url_with_scheme(scheme: &str, name: &DatastoreName) -> Template {
    let field = |field: &str| TemplatePart::Reference(Reference::datastore(name, field));
    let text = |text: &str| TemplatePart::Text(text.to_owned());
    Template::parts(vec![
        text(&format!("{scheme}://")),
        field("user"),
        text(":"),
        field("password"),
        text("@"),
        field("host"),
        text(":"),
        field("port"),
        text("/"),
        field("database"),
    ])
}

const FRONT_NAMES: &[&str] = &[
    "FRONTEND_URL",
    "CLIENT_URL",
    "CLIENT_BASE_URL",
    "APP_URL",
    "WEB_URL",
    "SITE_URL",
    "PUBLIC_URL",
    "NEXTAUTH_URL",
    "AUTH_URL",
    "BASE_URL",
    "FRONTEND_HOST",
    "CLIENT_ORIGIN",
    "CORS_ORIGIN",
    "FRONTEND_ORIGIN",
    "NEXT_PUBLIC_APP_URL",
    "NEXT_PUBLIC_SITE_URL",
    "NEXT_PUBLIC_BASE_URL",
    "VITE_APP_URL",
];

fn from_service(env: &EnvFact, here: &Surroundings<'_>) -> Option<Template> {
    let default = env.default.as_deref().unwrap_or_default();
    let points_home = default.contains("://localhost") || default.contains("://127.0.0.1");
    if !(env.required || points_home || env.default.is_none()) {
        return None;
    }
    let front = here.services.iter().find(|(_, service)| is_front_end(service)).map(|(name, _)| name);
    if FRONT_NAMES.contains(&env.name.as_str()) {
        let itself = here.services.get(here.name).filter(|service| service.port.is_some()).map(|_| here.name);
        return Some(Template::reference(Reference::service(front.or(itself)?, "url")));
    }
    let bare = ["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "NUXT_PUBLIC_", "PUBLIC_"]
        .iter()
        .find_map(|prefix| env.name.strip_prefix(prefix));
    let api = [
        "API_URL",
        "API_BASE_URL",
        "BACKEND_URL",
        "SERVER_URL",
        "INTERNAL_API_URL",
        "API_BASE",
        "BASE_API_URL",
        "API_HOST",
    ];
    if !api.contains(&bare.unwrap_or(&env.name)) {
        return None;
    }
    let serves = |service: &Service| service.port.is_some() && !is_front_end(service);
    let mut others = here.services.iter().filter(|(name, service)| *name != here.name && serves(service));
    let reference = match (others.next(), bare) {
        (Some(_), Some(_)) => Reference::service(here.name, "url"),
        (Some((target, _)), None) => Reference::service(target, "internal"),
        // By default the only one that serves itself: it gives its own address to others.
        (None, None) if points_home && here.services.get(here.name).is_some_and(serves) => {
            Reference::service(here.name, "url")
        }
        (None, _) => return None,
    };
    let path = default
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]))
        .unwrap_or_default();
    let mut parts = vec![TemplatePart::Reference(reference)];
    if !path.trim_end_matches('/').is_empty() {
        parts.push(TemplatePart::Text(path.trim_end_matches('/').to_owned()));
    }
    Some(Template::parts(parts))
}

/// Secrets that nobody else has to know may be made; keys that someone else issued may not.
fn generated(env: &EnvFact) -> Option<ValueSource> {
    const ISSUED: &[&str] = &[
        "STRIPE",
        "SENDGRID",
        "AWS",
        "S3",
        "OPENAI",
        "ANTHROPIC",
        "GOOGLE",
        "GITHUB",
        "CLIENT_SECRET",
        "WEBHOOK",
        "SENTRY",
        "TWILIO",
        "SLACK",
        "SMTP",
        "MAIL",
        "API_KEY",
        "DATABASE",
        "REDIS",
        "PRIVATE_KEY",
        "PUBLIC_KEY",
        "AZURE",
        "CLERK",
        "SUPABASE",
        "PAYPAL",
        "FACEBOOK",
        "TOKEN",
    ];
    const OWN: &[&str] = &[
        "SECRET",
        "SECRET_KEY",
        "ENCRYPTION_KEY",
        "SALT",
        "SIGNING_KEY",
        "APP_KEY",
        "COOKIE_PASSWORD",
        "PEPPER",
    ];
    let name = env.name.as_str();
    let own = OWN.iter().any(|word| name.ends_with(word)) && !ISSUED.iter().any(|word| name.contains(word));
    let least = match &env.check {
        Some(ValueCheck::Text { min_length }) => u16::try_from(min_length.div_ceil(2)).unwrap_or(u16::MAX),
        Some(ValueCheck::Number | ValueCheck::Boolean | ValueCheck::Url | ValueCheck::OneOf { .. }) => {
            return None;
        }
        None => 0,
    };
    (env.secret && own && env.phase == Phase::Run).then_some(ValueSource::Generated { bytes: least.max(32) })
}

/// A variable that wants one of a few words gets `production` when that is one of them.
fn production_word(env: &EnvFact) -> Option<ValueSource> {
    match &env.check {
        Some(ValueCheck::OneOf { values }) if values.iter().any(|value| value == "production") => {
            Some(ValueSource::Template { value: Template::text("production") })
        }
        _ => None,
    }
}

/// What the file says of variables wins, key by key.
pub(super) fn overrule(settings: &mut BTreeMap<String, Setting>, values: &BTreeMap<String, EnvValue>) {
    for (name, value) in values {
        let setting = settings.entry(name.clone()).or_insert_with(|| Setting {
            source: ValueSource::Unset,
            required: true,
            required_when: None,
            secret: false,
            phase: if is_public(name) { Phase::Build } else { Phase::Run },
            check: None,
            evidence: Vec::new(),
        });
        match value {
            EnvValue::Text(text) => setting.source = template_source(text),
            EnvValue::Detail(detail) => {
                if let Some(text) = &detail.value {
                    setting.source = template_source(text);
                }
                if let Some(bytes) = detail.generate {
                    setting.source = ValueSource::Generated { bytes };
                    setting.secret = true;
                }
                if detail.secret == Some(true) {
                    setting.secret = true;
                    if detail.value.is_none() && detail.generate.is_none() {
                        setting.source = ValueSource::Vault;
                    }
                }
                if let Some(required) = detail.required {
                    setting.required = required;
                    setting.required_when = None;
                }
                setting.phase = detail.phase.unwrap_or(setting.phase);
                setting.check = detail.check.clone().or_else(|| setting.check.clone());
            }
        }
    }
}

fn is_public(name: &str) -> bool {
    ["NEXT_PUBLIC_", "VITE_", "REACT_APP_"].iter().any(|prefix| name.starts_with(prefix))
}

/// The reader of the file has checked templates already; one that slipped through is taken as it stands.
fn template_source(text: &str) -> ValueSource {
    ValueSource::Template { value: text.parse().unwrap_or_else(|_| Template::text(text)) }
}
