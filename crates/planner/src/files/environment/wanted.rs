//! What a set of values has to have, to be looked at.

use super::{Entry, entries};
use crate::files::blueprint::{Blueprint, Unit};
use crate::files::{compose, monitoring};
use model::facts::ValueCheck;
use std::collections::BTreeMap;

/// Variables of Compose itself (https://docs.docker.com/compose/how-tos/environment-variables/envvars/).
const OF_COMPOSE: [&str; 3] = ["COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES"];

/// A variable that a set of values has, or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Nothing works without it.
    pub required: bool,
    /// It must not be seen.
    pub secret: bool,
    /// What it must be.
    pub check: Option<ValueCheck>,
}

impl Wanted {
    fn of(entry: &Entry<'_>) -> Self {
        Self {
            name: entry.name.clone(),
            required: entry.required,
            secret: entry.secret,
            check: entry.check.cloned(),
        }
    }

    fn optional(name: &str) -> Self {
        Self { name: name.to_owned(), required: false, secret: false, check: None }
    }
}

/// What a service reads.
pub fn of_service(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Vec<Wanted> {
    let mut all: Vec<Wanted> = entries(blueprint, unit).iter().map(Wanted::of).collect();
    all.extend(unit.port_variable().map(Wanted::optional));
    all
}

/// What Compose asks for with these files (`COMPOSE_FILE`): required is what they cannot be read without.
pub fn of_compose(blueprint: &Blueprint<'_>, chosen: &str) -> Vec<Wanted> {
    let mut all: BTreeMap<String, Wanted> = BTreeMap::new();
    let services = blueprint.units.iter().flat_map(|unit| of_service(blueprint, unit));
    for wanted in super::compose::asked(blueprint).values().map(Wanted::of).chain(services) {
        let optional = Wanted { required: false, ..wanted };
        all.entry(optional.name.clone()).or_insert(optional);
    }
    OF_COMPOSE.iter().for_each(|name| drop(all.insert((*name).to_owned(), Wanted::optional(name))));
    let watching = monitoring::files(blueprint).into_iter().filter(|file| file.path == monitoring::overlay());
    for file in compose::files(blueprint).into_iter().chain(watching) {
        let here = chosen.split(':').any(|name| name == file.path);
        for (name, demanded) in interpolated(&file.content) {
            let wanted = all.entry(name.to_owned()).or_insert_with(|| Wanted::optional(name));
            wanted.required |= demanded && here;
            wanted.secret |= name.ends_with("_PASSWORD");
        }
    }
    all.into_values().collect()
}

/// Every variable that is put in, and whether Compose stops without it.
fn interpolated(text: &str) -> impl Iterator<Item = (&str, bool)> {
    text.split("${").skip(1).filter_map(|rest| {
        let end = rest.find([':', '}'])?;
        Some((&rest[..end], rest[end..].starts_with(":?")))
    })
}
