//! Variables that code reads: one [`EnvRead`] a place, merged into one fact a name. Shared by all languages.

use model::Place;
use model::facts::{EnvFact, Phase, RequiredWhen, ValueCheck};
use std::collections::{BTreeMap, BTreeSet};

/// What a read says about whether a value is needed. The later ones outweigh the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Demand {
    /// Nothing is said: the value is read and passed on.
    Unknown,
    /// The code goes on with an undefined value where it needs one: `process.env.DATABASE_URL!`, handed to a client.
    Assumed,
    /// The code has another way: a default, a test whether it is set.
    Optional,
    /// The code ends without it: `os.environ["X"]`, a throw when it is missing, a schema without a default.
    Required,
}

/// One place that reads a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnvRead {
    /// Its name.
    pub name: String,
    /// Whether a value is needed here.
    pub demand: Demand,
    /// The value the code falls back to, as text.
    pub default: Option<String>,
    /// The code itself treats the value as secret, whatever its name is.
    pub secret: bool,
    /// When it is read.
    pub phase: Phase,
    /// What the code demands of the value.
    pub check: Option<ValueCheck>,
    /// Nothing is read here: it is said that a value is needed then.
    pub required_when: Option<RequiredWhen>,
    /// Where.
    pub place: Place,
}

impl EnvRead {
    /// A read at run time that says nothing about whether a value is needed.
    pub(crate) fn new(name: impl Into<String>, place: Place) -> Self {
        let name = name.into();
        let phase = if is_public(&name) { Phase::Build } else { Phase::Run };
        Self {
            name,
            demand: Demand::Unknown,
            default: None,
            secret: false,
            phase,
            check: None,
            required_when: None,
            place,
        }
    }
}

/// Prefixes by which bundlers put a variable into what browsers get.
const PUBLIC_PREFIXES: &[&str] = &[
    "NEXT_PUBLIC_",
    "VITE_",
    "REACT_APP_",
    "PUBLIC_",
    "NUXT_PUBLIC_",
    "EXPO_PUBLIC_",
    "GATSBY_",
    "VUE_APP_",
    "NG_APP_",
];

/// Whether a bundler puts this variable into what browsers get: read at build time, and no secret.
pub(crate) fn is_public(name: &str) -> bool {
    PUBLIC_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && name != "PUBLIC_URL"
}

/// Words that make a value secret.
const SECRET_WORDS: &[&str] = &[
    "SECRET",
    "SECRETS",
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "PASS",
    "PASSPHRASE",
    "PWD",
    "DSN",
    "CREDENTIALS",
    "CREDENTIAL",
    "SALT",
    "PEPPER",
    "APIKEY",
    "PRIVATE",
];

/// Words that say the name is about a secret rather than one: a lifetime, an algorithm, a location.
const ABOUT_WORDS: &[&str] = &[
    "EXPIRES",
    "EXPIRY",
    "EXPIRE",
    "EXPIRATION",
    "TTL",
    "MINUTES",
    "HOURS",
    "DAYS",
    "SECONDS",
    "ALGORITHM",
    "LENGTH",
    "ROUNDS",
    "NAME",
    "HEADER",
    "ISSUER",
    "AUDIENCE",
    "LIFETIME",
    "COOKIE",
    "PREFIX",
    "ENABLED",
    "MAX",
    "MIN",
    "LIMIT",
    "PATH",
    "FILE",
    "AGE",
    "PUBLISHABLE",
    "PUBLIC",
    "ENDPOINT",
    "PERIOD",
    "LIFESPAN",
    "SIZE",
    "DURATION",
    "TYPE",
];

/// Whether a value of this name must not be seen.
pub(crate) fn is_secret(name: &str) -> bool {
    if is_public(name) {
        return false;
    }
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> =
        upper.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| ABOUT_WORDS.contains(word)) {
        return false;
    }
    is_connection(&upper)
        || words.iter().any(|word| SECRET_WORDS.contains(word))
        || words.last().is_some_and(|last| last.ends_with("KEY") || last.ends_with("KEYS"))
        || ["SECRET", "PASSWORD", "TOKEN"].iter().any(|word| upper.ends_with(word))
        || upper.ends_with("WEBHOOK_URL")
}

/// Whether the name is that of a connection string, which holds credentials.
pub(crate) fn is_connection(name: &str) -> bool {
    const STORES: &[&str] = &[
        "DATABASE",
        "DB",
        "POSTGRES",
        "POSTGRESQL",
        "PG",
        "MYSQL",
        "MARIADB",
        "MONGO",
        "MONGODB",
        "REDIS",
        "AMQP",
        "RABBITMQ",
        "RABBIT",
        "CELERY_BROKER",
        "BROKER",
        "SQLALCHEMY_DATABASE",
        "CLICKHOUSE",
        "VALKEY",
        "DIRECT",
        "SHADOW_DATABASE",
    ];
    let upper = name.to_ascii_uppercase();
    let Some(store) = ["_URL", "_URI", "_DSN", "_CONNECTION_STRING", "_CONNECTION", "URL", "URI"]
        .iter()
        .find_map(|end| upper.strip_suffix(end))
    else {
        return false;
    };
    STORES
        .iter()
        .any(|word| store == *word || store.strip_suffix(word).is_some_and(|head| head.ends_with('_')))
}

/// One fact a name, sorted by name.
pub(crate) fn merge(reads: Vec<EnvRead>) -> Vec<EnvFact> {
    let mut by_name: BTreeMap<String, Vec<EnvRead>> = BTreeMap::new();
    for read in reads {
        by_name.entry(read.name.clone()).or_default().push(read);
    }
    // What is only said to be needed, and read nowhere, is no variable.
    by_name.retain(|_, reads| reads.iter().any(|read| read.required_when.is_none()));
    let mut facts: Vec<EnvFact> = by_name.into_iter().map(|(name, reads)| fact(name, reads)).collect();
    let flags: BTreeSet<String> =
        facts.iter().filter(|fact| is_flag(fact)).map(|fact| fact.name.clone()).collect();
    let known: BTreeSet<String> = facts.iter().map(|fact| fact.name.clone()).collect();
    for fact in &mut facts {
        fact.required_when = fact.required_when.take().filter(|when| {
            !fact.required
                && if when.value == "true" { flags.contains(&when.name) } else { known.contains(&when.name) }
        });
    }
    facts
}

/// Whether a variable turns something on or off, so that a test for it is one for `true`.
fn is_flag(fact: &EnvFact) -> bool {
    const WORDS: &[&str] =
        &["ENABLE", "ENABLED", "ENABLES", "FEATURE", "USE", "USES", "IS", "HAS", "WITH", "REQUIRE"];
    let by_check = match &fact.check {
        Some(ValueCheck::Boolean) => true,
        Some(ValueCheck::OneOf { values }) => values.iter().any(|value| value == "true"),
        Some(ValueCheck::Text { .. } | ValueCheck::Number | ValueCheck::Url) => false,
        None => fact.name.split('_').any(|word| WORDS.contains(&word)),
    };
    by_check || matches!(fact.default.as_deref(), Some("true" | "false"))
}

fn fact(name: String, mut reads: Vec<EnvRead>) -> EnvFact {
    reads.sort_by(|a, b| a.place.cmp(&b.place));
    let demand = reads.iter().map(|read| read.demand).max().unwrap_or(Demand::Unknown);
    let default =
        reads.iter().filter(|read| read.demand != Demand::Required).find_map(|read| read.default.clone());
    let phase = if reads.iter().all(|read| read.phase == Phase::Build) { Phase::Build } else { Phase::Run };
    let check = reads.iter().find_map(|read| read.check.clone());
    let required_when = reads.iter().find_map(|read| read.required_when.clone());
    let declared_secret = reads.iter().any(|read| read.secret);
    let mut evidence: Vec<Place> = reads.into_iter().map(|read| read.place).collect();
    evidence.dedup();
    let required = match demand {
        Demand::Required => true,
        Demand::Assumed => default.is_none(),
        Demand::Unknown | Demand::Optional => false,
    };
    let secret = is_secret(&name) || declared_secret;
    EnvFact {
        name,
        required,
        required_when,
        secret,
        default: default.filter(|_| !required),
        phase,
        check,
        evidence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_name() {
        for name in [
            "JWT_SECRET",
            "DATABASE_URL",
            "STRIPE_SECRET_KEY",
            "OPENAI_API_KEY",
            "SENTRY_DSN",
            "MONGO_URI",
            "SMTP_PASS",
            "redis_url",
            "POSTGRES_PASSWORD",
            "AWS_SECRET_ACCESS_KEY",
            "NEXTAUTH_SECRET",
            "GITHUB_TOKEN",
            "SLACK_WEBHOOK_URL",
            "TEST_DATABASE_URL",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "NEXT_PUBLIC_API_KEY",
            "VITE_TOKEN",
            "JWT_EXPIRES_IN",
            "ACCESS_TOKEN_EXPIRE_MINUTES",
            "PORT",
            "API_URL",
            "STRIPE_PUBLISHABLE_KEY",
            "DB_HOST",
            "REDIS_PORT",
            "MONKEY_NAME",
            "FRONTEND_URL",
            "NODE_ENV",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_schema_outweighs_a_default_and_a_default_an_assertion() {
        let read = |demand, default: Option<&str>, line| EnvRead {
            demand,
            default: default.map(str::to_owned),
            ..EnvRead::new("X", Place::new("a.ts", line))
        };
        let asserted = merge(vec![read(Demand::Assumed, None, 2)]);
        assert!(asserted[0].required);
        let defaulted = merge(vec![read(Demand::Assumed, None, 2), read(Demand::Optional, Some("d"), 1)]);
        assert!(!defaulted[0].required);
        assert_eq!(defaulted[0].default.as_deref(), Some("d"));
        let declared = merge(vec![read(Demand::Required, None, 2), read(Demand::Optional, Some("d"), 1)]);
        assert!(declared[0].required && declared[0].default.is_none());
    }
}
