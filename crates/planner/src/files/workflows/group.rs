//! Services that one job checks: those of a folder whose dependencies and checks are the same, because checking the same
//! code twice proves nothing more.

use crate::files::blueprint::{Blueprint, Unit};
use model::facts::CheckFact;

/// Jobs that are there whatever the services are called.
const TAKEN: [&str; 3] = ["images", "generated", "ci"];

/// Services of one folder.
pub(super) struct Group<'b, 'a> {
    /// The services, by name; at least one.
    pub(super) units: Vec<&'b Unit<'a>>,
}

impl<'b, 'a> Group<'b, 'a> {
    /// All groups with something to install, to check or to build, by their first service.
    pub(super) fn all(blueprint: &'b Blueprint<'a>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for unit in &blueprint.units {
            if unit.runtime().is_none() && unit.service.build.install.is_none() {
                continue;
            }
            match groups.iter_mut().find(|group| group.takes(unit)) {
                Some(group) => group.units.push(unit),
                None => groups.push(Self { units: vec![unit] }),
            }
        }
        groups
    }

    /// The service whose folder, runtime and checks stand for all.
    pub(super) fn first(&self) -> &'b Unit<'a> {
        self.units[0]
    }

    fn takes(&self, unit: &Unit<'a>) -> bool {
        let first = self.first();
        let recipes = (&first.service.build, &unit.service.build);
        first.service.path == unit.service.path
            && recipes.0.runtime == recipes.1.runtime
            && recipes.0.install == recipes.1.install
            && install(first) == install(unit)
            && commands(first) == commands(unit)
    }

    /// The id of its job: `client-server`.
    pub(super) fn id(&self) -> String {
        let names: Vec<&str> = self.units.iter().map(|unit| unit.name.as_str()).collect();
        let id = names.join("-");
        if TAKEN.contains(&id.as_str()) { format!("service-{id}") } else { id }
    }

    /// Its folder.
    pub(super) fn folder(&self) -> &'b str {
        &self.first().service.path
    }

    /// What the repository checks its code with.
    pub(super) fn checks(&self) -> &'b [CheckFact] {
        self.first().fact.map(|fact| fact.checks.as_slice()).unwrap_or_default()
    }

    /// Installs what checking needs, exactly as locked.
    pub(super) fn install(&self) -> Option<&'b str> {
        install(self.first())
    }

    /// The folder in which that runs.
    pub(super) fn install_folder(&self) -> &'b str {
        &self.first().service.build.install_path
    }
}

fn install<'b>(unit: &'b Unit<'_>) -> Option<&'b str> {
    let checks = unit.fact.and_then(|fact| fact.install_checks.as_deref());
    checks.or(unit.service.build.install.as_deref())
}

fn commands<'b>(unit: &'b Unit<'_>) -> Vec<&'b str> {
    let checks = unit.fact.map(|fact| fact.checks.as_slice()).unwrap_or_default();
    checks.iter().map(|check| check.command.as_str()).collect()
}
