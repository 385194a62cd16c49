//! Images as the entries of a matrix, for every job that builds them.

use super::{registry, value};
use crate::files::blueprint::{Blueprint, Piece, Unit, Value};
use crate::files::{compose, dockerfile};
use artifact::yaml::{Map, Node, list};
use model::facts::Phase;
use std::collections::BTreeSet;

/// Where build-time values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// Literals.
    Test,
    /// The repository's variables and secrets.
    Repository,
}

/// Whether there is an image to build.
pub(super) fn any(blueprint: &Blueprint<'_>) -> bool {
    blueprint.units.iter().any(dockerfile::builds)
}

/// Every service with an image, and the target of it.
fn targets<'b, 'a>(blueprint: &'b Blueprint<'a>) -> Vec<(String, &'b Unit<'a>, &'static str)> {
    let built = blueprint.units.iter().filter(|unit| dockerfile::builds(unit));
    built
        .flat_map(|unit| {
            let runtime = (unit.name.to_string(), unit, "runtime");
            let migrate =
                compose::migration(unit).map(|_| (format!("{}-migrate", unit.name), unit, "migrate"));
            std::iter::once(runtime).chain(migrate)
        })
        .collect()
}

/// The images, by the last part of their names.
pub(super) fn names(blueprint: &Blueprint<'_>) -> Vec<String> {
    targets(blueprint).into_iter().map(|(name, _, _)| name).collect()
}

/// One job an image; one that fails does not stop the others.
pub(super) fn strategy(blueprint: &Blueprint<'_>, values: Values) -> Map {
    let entries = targets(blueprint).into_iter().map(|(name, unit, target)| {
        let map = Map::new()
            .set("image", name)
            .set("context", unit.context.as_str())
            .set("dockerfile", unit.dockerfile.as_str())
            .set("target", target);
        let arguments = arguments(blueprint, unit, values);
        if arguments.is_empty() { map } else { map.set("arguments", Node::Block(arguments)) }
    });
    Map::new().set("fail-fast", false).set("matrix", Map::new().set("include", list(entries)))
}

/// What an image is built from, with a cache of its own.
pub(super) fn inputs(blueprint: &Blueprint<'_>, values: Values) -> Map {
    let mut map = Map::new()
        .set("context", "${{ matrix.context }}")
        .set("file", "${{ matrix.dockerfile }}")
        .set("target", "${{ matrix.target }}");
    let built = |unit: &&Unit<'_>| !arguments(blueprint, unit, values).is_empty();
    if blueprint.units.iter().any(|unit| built(&unit)) {
        map = map.set("build-args", "${{ matrix.arguments }}");
    }
    let secrets = secrets(blueprint, values);
    if !secrets.is_empty() {
        map = map
            .comment("Mounted while an image is built, never kept in it.")
            .set("secrets", Node::Block(secrets));
    }
    map.set("cache-from", "type=gha,scope=${{ matrix.image }}")
        .set("cache-to", "type=gha,mode=max,scope=${{ matrix.image }}")
}

/// `NAME=value` lines of what the build reads and anybody may see.
fn arguments(blueprint: &Blueprint<'_>, unit: &Unit<'_>, values: Values) -> String {
    let mut lines = String::new();
    for (name, value) in blueprint.values(unit, Phase::Build) {
        let setting = unit.service.env.get(name);
        if unit.service.is_secret(name) {
            continue;
        }
        let installs = setting.is_some_and(|setting| unit.installs_with(name, setting));
        let values = if installs { Values::Repository } else { values };
        let line = match values {
            Values::Test => value::literal(blueprint, name, &value).map(|text| format!("{name}={text}")),
            // Nothing is given where the variable is not set: the Dockerfile has its own default.
            Values::Repository => Some(match address(&value) {
                Some(rest) if rest.is_empty() => format!("{name}=${{{{ vars.{name} || vars.PUBLIC_URL }}}}"),
                Some(rest) => {
                    format!("{name}=${{{{ vars.{name} || format('{{0}}{rest}', vars.PUBLIC_URL) }}}}")
                }
                None => format!("${{{{ vars.{name} && format('{name}={{0}}', vars.{name}) || '' }}}}"),
            }),
        };
        if let Some(line) = line {
            lines.push_str(&line);
            lines.push('\n');
        }
    }
    lines
}

/// What follows the public address in a value that begins with it.
fn address(value: &Value<'_>) -> Option<String> {
    let Value::Composed(pieces) = value else { return None };
    match pieces.as_slice() {
        [Piece::PublicUrl] => Some(String::new()),
        [Piece::PublicUrl, Piece::Text(rest)] => Some(rest.replace('\'', "''").replace(['{', '}'], "")),
        _ => None,
    }
}

fn secrets(blueprint: &Blueprint<'_>, values: Values) -> String {
    let built = blueprint.units.iter().filter(|unit| dockerfile::builds(unit));
    let secret = built.flat_map(|unit| {
        let read = unit.service.env.iter().filter(|(_, setting)| setting.phase == Phase::Build);
        read.map(|(name, _)| name.as_str()).filter(|name| unit.service.is_secret(name))
    });
    let names: BTreeSet<&str> = secret.collect();
    let opening = registry::secrets(blueprint);
    let line = |name: &str| match values {
        Values::Test if !opening.contains(name) => format!("{name}=for-tests-only\n"),
        Values::Test | Values::Repository => format!("{name}=${{{{ secrets.{name} }}}}\n"),
    };
    names.into_iter().map(line).collect()
}
