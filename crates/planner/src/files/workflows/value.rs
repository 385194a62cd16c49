//! Values that tests run with: literal, and of no use anywhere else.

use super::registry;
use crate::files::blueprint::{Blueprint, Given, Piece, Unit, Value};
use artifact::yaml::Map;
use model::facts::{DatastoreKind, Phase, ValueCheck};

/// The password of the project's account in a job's datastores.
pub(super) const PASSWORD: &str = "test";
/// Port 9 throws everything away (RFC 863): nothing answers there.
const NOWHERE: &str = "http://localhost:9";
/// Secrets are repeated text, long enough for what the code demands.
const FILLER: &str = "-for-tests-only";
/// Characters of a secret that nothing demands a length of.
const USUAL: usize = 32;
/// No longer than this, whatever is demanded.
const LONGEST: usize = 4096;
/// Only these names are known to mean the mode that a service runs in.
pub(super) const MODE: &str = "NODE_ENV";

/// Everything that these services read, when they are built or run.
pub(super) fn environment(blueprint: &Blueprint<'_>, units: &[&Unit<'_>]) -> Map {
    let mut map = Map::new();
    for unit in units {
        for phase in [Phase::Build, Phase::Run] {
            for (name, value) in blueprint.values(unit, phase) {
                if let Some(text) = literal(blueprint, name, &value)
                    && map.get(name).is_none()
                    && !registry::keeps_apart(unit, name)
                {
                    map.insert(name, text);
                }
            }
        }
    }
    map
}

/// A value for tests; `None` where nobody has to give one.
pub(super) fn literal(blueprint: &Blueprint<'_>, name: &str, value: &Value<'_>) -> Option<String> {
    match value {
        Value::Plain(_) if name == MODE => Some("test".into()),
        Value::Plain(text) => Some(blueprint.on_one_machine(text)),
        Value::Composed(pieces) => {
            let text: String = pieces.iter().map(|piece| piece_of(blueprint, piece)).collect();
            // Redis without a password refuses one.
            Some(text.replace("://:@", "://"))
        }
        Value::Given(given) => Some(given_for_tests(given)),
        Value::Optional(_) => None,
    }
}

fn piece_of(blueprint: &Blueprint<'_>, piece: &Piece<'_>) -> String {
    match piece {
        Piece::Text(text) => blueprint.on_one_machine(text),
        Piece::Password(store) => {
            let open = blueprint.store(store).is_some_and(|store| store.about.kind == DatastoreKind::Redis);
            if open { String::new() } else { PASSWORD.into() }
        }
        Piece::PublicUrl => "http://localhost:8080".into(),
        Piece::Elsewhere(_, field) => match field.as_str() {
            "url" | "endpoint" => NOWHERE.into(),
            "region" => "us-east-1".into(),
            field => format!("test-{}", field.replace('_', "-")),
        },
    }
}

/// A harmless value that passes the variable's own check.
fn given_for_tests(given: &Given<'_>) -> String {
    let default = given.default.filter(|default| !given.secret && !default.is_empty()).map(str::to_owned);
    match given.check {
        Some(ValueCheck::OneOf { values }) => {
            let test = values.iter().find(|value| *value == "test").cloned();
            test.or(default).or_else(|| values.first().cloned()).unwrap_or_default()
        }
        Some(ValueCheck::Number) => default.unwrap_or_else(|| "1".into()),
        Some(ValueCheck::Boolean) => default.unwrap_or_else(|| "false".into()),
        Some(ValueCheck::Url) => default.unwrap_or_else(|| NOWHERE.into()),
        Some(ValueCheck::Text { min_length }) => default.unwrap_or_else(|| filled(given, *min_length)),
        None if is_address(given.name) => default.unwrap_or_else(|| NOWHERE.into()),
        None => default.unwrap_or_else(|| filled(given, 0)),
    }
}

fn is_address(name: &str) -> bool {
    ["_URL", "_URI", "_ENDPOINT", "_ORIGIN"].iter().any(|end| name.ends_with(end))
}

/// `test-jwt-secret-for-tests-only`, repeated until it is long enough.
fn filled(given: &Given<'_>, min_length: u32) -> String {
    // As `openssl rand -hex` would print so many bytes.
    let made = given.generate.map_or(0, |bytes| usize::from(bytes) * 2);
    let wanted = usize::try_from(min_length).unwrap_or(usize::MAX).max(made).clamp(USUAL, LONGEST);
    let mut text = format!("test-{}", given.name.to_lowercase().replace('_', "-"));
    while text.len() < wanted {
        text.push_str(FILLER);
    }
    text
}
