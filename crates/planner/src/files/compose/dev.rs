//! A place to develop: sources are mounted and reloaded, ports are open on this machine alone, secrets come from `.env`.

use super::value::{self, Which};
use super::{BASE, ENTRY, ENTRY_PORT, has_entry, header, migration, overlay, store};
use crate::files::blueprint::{Blueprint, Unit};
use crate::files::dockerfile;
use artifact::yaml::{Map, flow, list};
use model::facts::{DatastoreKind, Framework, Runtime};

/// Where Node listens for a debugger.
const DEBUG_PORT: u16 = 9229;

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let mut services = Map::new();
    for store in blueprint.stores.iter().filter(|store| store.image.is_some()) {
        let environment = store::password(store).unwrap_or_default();
        let map =
            if environment.is_empty() { Map::new() } else { Map::new().set("environment", environment) };
        let map = map
            .set("networks", flow(["data", "edge"]))
            .set("ports", list([loopback(store.name.as_str(), "PORT", store.port)]));
        services = services.gap().set(store.name.as_str(), map);
    }
    for unit in &blueprint.units {
        if let Some(name) = migration(unit) {
            let environment = value::environment(blueprint, unit, Which::Secret);
            if !environment.is_empty() {
                services = services.gap().set(name, Map::new().set("environment", environment));
            }
        }
        let map = service(blueprint, unit);
        if !map.is_empty() {
            services = services.gap().set(unit.name.as_str(), map);
        }
    }
    if has_entry(blueprint) {
        let port = format!("127.0.0.1:${{HTTP_PORT:-8080}}:{ENTRY_PORT}");
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
        &format!("for development. COMPOSE_FILE={BASE}:{} in .env makes it the default.", overlay("dev")),
    ))
}

fn loopback(name: &str, what: &str, port: u16) -> String {
    format!("127.0.0.1:${{{}_{what}:-{port}}}:{port}", name.to_uppercase().replace('-', "_"))
}

fn service(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let mut environment = value::environment(blueprint, unit, Which::Secret);
    let mut ports: Vec<String> =
        unit.port.map(|port| loopback(unit.name.as_str(), "PORT", port)).into_iter().collect();
    let mut map = Map::new();
    if let Some(command) = command(unit) {
        let node = unit.runtime() == Some(Runtime::Node);
        map = map
            .comment("The stage that has what development needs, with the sources of this folder in it.")
            .set("build", Map::new().set("target", "build"))
            .set("image", format!("{}/{}:dev", blueprint.project(), unit.name))
            .set("user", "${UID:-1000}:${GID:-1000}")
            .set("command", flow(command.iter().map(|word| value::literal(word))))
            .set("volumes", list(volumes(unit)));
        if node {
            environment.insert("NODE_ENV", "development");
            if !unit.is_static() {
                let variable = if command.first().is_some_and(|word| word == "npm") {
                    "NPM_CONFIG_NODE_OPTIONS"
                } else {
                    "NODE_OPTIONS"
                };
                environment.insert(variable, format!("--inspect=0.0.0.0:{DEBUG_PORT}"));
                ports.push(format!(
                    "127.0.0.1:${{{}_DEBUG_PORT:-0}}:{DEBUG_PORT}",
                    unit.name.as_str().to_uppercase().replace('-', "_")
                ));
            }
            environment.insert("HOME", "/tmp");
        }
        if let (Some(name), Some(port)) = (unit.port_variable(), unit.port) {
            environment.insert(name, port.to_string());
        }
    }
    if !environment.is_empty() {
        map = map.set("environment", environment);
    }
    if ports.is_empty() { map } else { map.set("ports", list(ports)) }
}

/// The development server, listening where the entry looks for the service.
fn command(unit: &Unit<'_>) -> Option<Vec<String>> {
    let dev = unit.fact?.dev.as_deref().filter(|_| dockerfile::builds(unit))?;
    if !unit.is_static() {
        return Some(dockerfile::exec_form(dev));
    }
    let port = unit.port?;
    let vite = unit.is(Framework::Vite).then(|| format!("{dev} -- --host 0.0.0.0 --port {port}"));
    vite.map(|line| line.split(' ').map(str::to_owned).collect())
}

/// The sources, but the dependencies of the image.
fn volumes(unit: &Unit<'_>) -> Vec<String> {
    let context = if unit.context == "." { ".".to_owned() } else { format!("./{}", unit.context) };
    let mut volumes = vec![format!("{context}:/app")];
    if unit.runtime() == Some(Runtime::Node) {
        volumes.push("/app/node_modules".into());
        if unit.inner() != "." {
            volumes.push(format!("/app/{}/node_modules", unit.inner()));
        }
    }
    volumes
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
        .set("ports", list(["127.0.0.1:${PGADMIN_PORT:-5050}:80"]))
        .set("restart", "unless-stopped")
}
