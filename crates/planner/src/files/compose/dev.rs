//! A place to develop: sources are mounted and reloaded, ports are open on this machine alone, secrets come from `.env`.

use super::value::{self, Which};
use super::{BASE, ENTRY, ENTRY_PORT, has_entry, header, migration, overlay, program, store};
use crate::files::blueprint::{Blueprint, Unit};
use crate::files::dockerfile::{self, develop};
use artifact::yaml::{Map, flow, list};
use model::facts::DatastoreKind;
use std::collections::BTreeSet;

/// pgAdmin's.
const PGADMIN_PORT: u16 = 5050;

/// Ports of this machine that stand in the file already.
struct Taken(BTreeSet<u16>);

impl Taken {
    /// A port of a container on loopback: by a variable, by default its own number or the next one that is free.
    fn loopback(&mut self, name: &str, what: &str, port: u16) -> String {
        let mut here = port;
        while !self.0.insert(here) {
            here = here.wrapping_add(1).max(1024);
        }
        let variable = name.to_uppercase().replace('-', "_");
        format!("127.0.0.1:${{{variable}_{what}:-{here}}}:{port}")
    }
}

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let mut services = Map::new();
    let mut taken = Taken(BTreeSet::from([PGADMIN_PORT]));
    let entry = has_entry(blueprint).then(|| taken.loopback("HTTP", "PORT", ENTRY_PORT));
    for store in blueprint.stores.iter().filter(|store| store.image.is_some()) {
        let environment = store::password(store).unwrap_or_default();
        let map =
            if environment.is_empty() { Map::new() } else { Map::new().set("environment", environment) };
        let map = map
            .set("networks", flow(["data", "edge"]))
            .set("ports", list([taken.loopback(store.name.as_str(), "PORT", store.port)]));
        services = services.gap().set(store.name.as_str(), map);
    }
    for unit in &blueprint.units {
        if let Some(name) = migration(unit) {
            let environment = value::environment(blueprint, unit, Which::Secret);
            if !environment.is_empty() {
                services = services.gap().set(name, Map::new().set("environment", environment));
            }
        }
        let map = service(blueprint, unit, &mut taken);
        if !map.is_empty() {
            services = services.gap().set(unit.name.as_str(), map);
        }
    }
    if let Some(port) = entry {
        services = services.gap().set(ENTRY, Map::new().set("ports", list([port])));
    }
    let postgres = blueprint
        .stores
        .iter()
        .any(|store| store.about.kind == DatastoreKind::Postgres && store.image.is_some());
    if postgres {
        services = services
            .gap()
            .comment("docker-compose --profile tools up pgadmin")
            .set("pgadmin", pgadmin(blueprint));
    }
    Map::new().set("services", services).document(&header(
        blueprint,
        &format!(
            "for development. COMPOSE_FILE={BASE}:{} in .env makes it the default,\nand UID and GID there say whose the \
             sources are. After a change of dependencies:\ndocker-compose up --build --renew-anon-volumes",
            overlay("dev")
        ),
    ))
}

fn service(blueprint: &Blueprint<'_>, unit: &Unit<'_>, taken: &mut Taken) -> Map {
    let name = unit.name.as_str();
    let mut environment = value::environment(blueprint, unit, Which::Secret);
    let mut ports: Vec<String> =
        unit.port.map(|port| taken.loopback(name, "PORT", port)).into_iter().collect();
    let mut map = Map::new();
    if let Some(development) = develop::of(unit) {
        map = map
            .comment("The stage that has what development needs, with the sources of this folder in it.")
            .set("build", Map::new().set("target", develop::STAGE))
            .set("image", format!("{}/{name}:dev", blueprint.project()))
            .set("user", "${UID:-1000}:${GID:-1000}")
            .set("command", flow(development.command.iter().map(|word| value::literal(word))))
            .set("volumes", list(volumes(unit)));
        if let (Some(port), true) = (unit.port, unit.is_static()) {
            map = map.set("healthcheck", Map::new().set("test", program(dockerfile::page_command(port))));
        }
        if !develop::modules(unit).is_empty() {
            environment.insert("NODE_ENV", "development");
        }
        if let Some(variable) = develop::variable(unit) {
            environment = environment.comment(variable.why);
            environment.insert(variable.name, value::literal(&variable.value));
        }
        environment.insert("HOME", "/tmp");
        if let (Some(name), Some(port)) = (unit.port_variable(), unit.port) {
            environment.insert(name, port.to_string());
        }
        ports.extend(development.debug.map(|port| taken.loopback(name, "DEBUG_PORT", port)));
    }
    if !environment.is_empty() {
        map = map.set("environment", environment);
    }
    if ports.is_empty() { map } else { map.set("ports", list(ports)) }
}

/// The sources, but the dependencies of the image.
fn volumes(unit: &Unit<'_>) -> Vec<String> {
    let context = if unit.context == "." { ".".to_owned() } else { format!("./{}", unit.context) };
    std::iter::once(format!("{context}:/app")).chain(develop::modules(unit)).collect()
}

fn pgadmin(blueprint: &Blueprint<'_>) -> Map {
    let environment = Map::new()
        .set("PGADMIN_DEFAULT_EMAIL", "${PGADMIN_EMAIL:-admin@example.com}")
        .set("PGADMIN_DEFAULT_PASSWORD", "${PGADMIN_PASSWORD:-only-for-development}");
    Map::new()
        .set("image", blueprint.pinned("dpage/pgadmin4:9"))
        .set("profiles", flow(["tools"]))
        .set("environment", environment)
        .set("networks", flow(["data", "edge"]))
        .set("ports", list([format!("127.0.0.1:${{PGADMIN_PORT:-{PGADMIN_PORT}}}:80")]))
        .set("restart", "unless-stopped")
}
