//! What opens a private registry: the repository's own secrets and variables, also where all other values are for tests.

use crate::files::blueprint::{Blueprint, Unit};
use artifact::yaml::Map;
use model::facts::PackageManager;
use model::manifest::Setting;
use std::collections::BTreeSet;

/// Every variable that installing a service's dependencies reads.
fn read<'b>(unit: &'b Unit<'_>) -> impl Iterator<Item = (&'b String, &'b Setting)> {
    unit.service.env.iter().filter(|(name, setting)| unit.installs_with(name, setting))
}

/// A step that installs, or asks a registry, with what it needs for that.
pub(super) fn opened(step: Map, unit: &Unit<'_>) -> Map {
    let environment = read(unit).fold(Map::new(), |map, (name, _)| {
        let kept = if unit.service.is_secret(name) { "secrets" } else { "vars" };
        map.set(name, format!("${{{{ {kept}.{name} }}}}"))
    });
    if environment.is_empty() { step } else { step.set("env", environment) }
}

/// Whether a step that does not install is better off without a variable. Yarn reads its settings whatever it does.
pub(super) fn keeps_apart(unit: &Unit<'_>, name: &str) -> bool {
    let everywhere =
        matches!(unit.service.build.package_manager, Some(PackageManager::Yarn | PackageManager::YarnBerry));
    !everywhere && read(unit).any(|(other, _)| other == name)
}

/// The secrets of all services.
pub(super) fn secrets<'b>(blueprint: &'b Blueprint<'_>) -> BTreeSet<&'b str> {
    blueprint.units.iter().flat_map(Unit::install_secrets).collect()
}

/// What a workflow asks of the one that calls it: secrets are not passed on by themselves.
pub(super) fn asked(blueprint: &Blueprint<'_>) -> Option<Map> {
    let secrets = secrets(blueprint).into_iter();
    let asked = secrets.fold(Map::new(), |map, name| map.set(name, Map::new().set("required", false)));
    (!asked.is_empty()).then(|| Map::new().set("secrets", asked))
}

/// What a workflow hands to the one that it calls.
pub(super) fn handed(blueprint: &Blueprint<'_>) -> Option<Map> {
    let secrets = secrets(blueprint).into_iter();
    let handed = secrets.fold(Map::new(), |map, name| map.set(name, format!("${{{{ secrets.{name} }}}}")));
    (!handed.is_empty()).then_some(handed)
}
