//! Values as Compose writes them.

use crate::files::blueprint::{Blueprint, Piece, Unit, Value};
use artifact::yaml::{Map, Node};
use model::facts::Phase;

/// A text in which nothing is interpolated.
pub fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

/// Which variables of a service are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that anybody may see.
    Open,
    /// Secrets, from the variables of whoever runs Compose.
    Secret,
    /// Secrets, from files; and what must not be left to a default where people come in.
    Production,
}

/// The variables of a service.
pub(super) fn environment(blueprint: &Blueprint<'_>, unit: &Unit<'_>, which: Which) -> Map {
    let mut map = Map::new();
    if which == Which::Production {
        for (name, id, _) in blueprint.secrets_of(unit) {
            map.insert(format!("{name}_FILE"), format!("/run/secrets/{id}"));
        }
        return map.merge(addresses(blueprint, unit, Phase::Run));
    }
    let wanted = |value: &Value<'_>| match (which, value) {
        // Optional ones are passed on where they are set; a file that is not there cannot be mounted.
        (Which::Open, Value::Optional(_)) => true,
        (_, Value::Optional(_)) => false,
        (which, value) => value.is_secret() == (which == Which::Secret),
    };
    for (name, value) in blueprint.values(unit, Phase::Run) {
        if wanted(&value) {
            map.insert(name, node(blueprint, name, &value));
        }
    }
    map
}

/// Variables that hold the address people use, which a production system has to be told.
pub fn addresses(blueprint: &Blueprint<'_>, unit: &Unit<'_>, phase: Phase) -> Map {
    let mut map = Map::new();
    for (name, value) in blueprint.values(unit, phase) {
        if let Value::Composed(pieces) = &value
            && pieces.contains(&Piece::PublicUrl)
            && !value.is_secret()
        {
            let text: String = pieces
                .iter()
                .map(|piece| match piece {
                    Piece::PublicUrl => required("PUBLIC_URL"),
                    other => interpolated(blueprint, other),
                })
                .collect();
            map.insert(name, text);
        }
    }
    map
}

/// A value as it is interpolated; null where it is only passed on.
pub fn node(blueprint: &Blueprint<'_>, name: &str, value: &Value<'_>) -> Node {
    match value {
        Value::Plain(text) => literal(text).into(),
        Value::Composed(pieces) => {
            pieces.iter().map(|piece| interpolated(blueprint, piece)).collect::<String>().into()
        }
        Value::Given(given) => match given.default {
            Some(default) if !given.secret => format!("${{{name}:-{}}}", literal(default)).into(),
            _ => required(name).into(),
        },
        Value::Optional(_) => Node::Null,
    }
}

/// A variable that has to be set, with words for who did not.
pub(super) fn required(name: &str) -> String {
    format!("${{{name}:?set {name} in .env}}")
}

fn interpolated(blueprint: &Blueprint<'_>, piece: &Piece<'_>) -> String {
    match piece {
        Piece::Text(text) => literal(text),
        Piece::Password(store) => {
            let variable = blueprint.store(store).map(super::super::blueprint::Store::password_variable);
            required(&variable.unwrap_or_default())
        }
        Piece::PublicUrl => "${PUBLIC_URL:-http://localhost:8080}".to_owned(),
        Piece::Elsewhere(store, field) => required(&elsewhere(store, field)),
    }
}

/// The variable that tells something of a datastore that exists elsewhere: `POSTGRES_URL`.
pub fn elsewhere(store: &str, field: &str) -> String {
    format!("{store}_{field}").to_uppercase().replace('-', "_")
}

/// Build-time variables of a service, as arguments of its build.
pub(super) fn build_arguments(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let mut map = Map::new();
    for (name, value) in blueprint.values(unit, Phase::Build) {
        if unit.service.is_secret(name) {
            continue;
        }
        map.insert(name, node(blueprint, name, &value));
    }
    map
}
