//! Migrations: a stack of their own, because all services of one stack begin at once.

use super::service::{limits, settings};
use super::{
    Blueprint, FORMAT, GeneratedFile, MIGRATE, Unit, external, hardened, image, networks, networks_of,
    secrets,
};
use crate::files::compose::{self, logging};
use artifact::yaml::Map;
use std::collections::BTreeSet;

/// Its file, when there is anything to migrate.
pub(super) fn file(blueprint: &Blueprint<'_>) -> Option<GeneratedFile> {
    units(blueprint).next()?;
    let mut services = Map::new();
    for unit in units(blueprint) {
        services = services.gap().set(unit.name.as_str(), service(blueprint, unit));
    }
    let mut document = Map::new().set("version", FORMAT).gap().set("services", services);
    let mut theirs = Map::new();
    for (name, _) in networks(blueprint).entries() {
        let of_stack = Map::new().set("external", true).set("name", external(blueprint.project(), name));
        theirs = theirs.set(name, of_stack);
    }
    document = document.gap().comment("Those of the stack.").set("networks", theirs);
    let ids: BTreeSet<String> =
        units(blueprint).flat_map(|unit| blueprint.secrets_of(unit)).map(|(_, id, _)| id).collect();
    if !ids.is_empty() {
        document = document.gap().set("secrets", secrets(blueprint, ids));
    }
    let header = format!(
        "{}: migrations, each once, before the new release starts. How: see {}.\n\
         Written by `mainstay generate`, which keeps what you change here.",
        blueprint.project(),
        super::STACK
    );
    Some(GeneratedFile::new(MIGRATE, document.document(&header)))
}

/// Its name on the swarm.
pub(super) fn stack(project: &str) -> String {
    format!("{project}-migrate")
}

/// The services with migrations.
pub(super) fn units<'b, 'a>(blueprint: &'b Blueprint<'a>) -> impl Iterator<Item = &'b Unit<'a>> {
    blueprint.units.iter().filter(|unit| compose::migration(unit).is_some())
}

fn service(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let map = image(Map::new(), blueprint, unit, "-migrate");
    let map = settings(map, blueprint, unit).set("networks", networks_of(blueprint, unit)).set("init", true);
    let deploy = Map::new()
        .comment("Once: what has failed is looked at, not tried again.")
        .set("restart_policy", Map::new().set("condition", "none"))
        .set("resources", limits(unit));
    hardened(map, ["/tmp"], Vec::new()).set("logging", logging()).set("deploy", deploy)
}
