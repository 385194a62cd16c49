//! The datastores of a job, as containers beside it: the same images as everywhere else.

use super::value::PASSWORD;
use crate::files::blueprint::{Blueprint, Store, Unit};
use crate::files::compose::store;
use artifact::yaml::{Map, list};
use model::facts::DatastoreKind;
use std::collections::BTreeMap;

/// What these services use, as far as it runs beside the project.
pub(super) fn services(blueprint: &Blueprint<'_>, units: &[&Unit<'_>]) -> Map {
    let used = units.iter().flat_map(|unit| blueprint.stores_of(unit));
    let used: BTreeMap<&str, &Store<'_>> = used.map(|store| (store.name.as_str(), store)).collect();
    let mut services = Map::new();
    for (name, store) in used {
        if let Some(image) = &store.image {
            services.insert(name, service(store, blueprint.pinned(image)));
        }
    }
    services
}

fn service(store: &Store<'_>, image: String) -> Map {
    let mut map = Map::new().set("image", image);
    let (mut environment, password) = store::account(store);
    // A container beside a job gets no command, and without one Redis has no password.
    if let Some(name) = password.filter(|_| store.about.kind != DatastoreKind::Redis) {
        environment = environment.comment("For tests; nothing else has this password.").set(name, PASSWORD);
    }
    if !environment.is_empty() {
        map = map.set("env", environment);
    }
    map = map.set("ports", list([format!("{0}:{0}", store.port)]));
    let health = match store.about.kind {
        DatastoreKind::Redis => Some("redis-cli ping".to_owned()),
        _ => store::health_line(store),
    };
    map.set_some(
        "options",
        health.map(|line| {
            format!(
                "--health-cmd \"{line}\" --health-interval 5s --health-timeout 5s --health-retries 20 --health-start-period 10s"
            )
        }),
    )
}
