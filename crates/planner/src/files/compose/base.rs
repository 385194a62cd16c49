//! The base: every part, how it is built, asked for its health, and what it waits for. It holds no secret and publishes
//! no port.

use super::value::{self, Which};
use super::{ENTRY, ENTRY_PORT, has_entry, header, health, logging, migration, program, store};
use crate::files::blueprint::{Blueprint, Unit};
use crate::files::{base as images, dockerfile};
use artifact::yaml::{Map, Node, flow, list};

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let mut services = Map::new();
    for store in &blueprint.stores {
        if let Some(map) = store::service(blueprint, store) {
            services = services.gap().set(store.name.as_str(), map);
        }
    }
    for unit in &blueprint.units {
        if let Some(name) = migration(unit) {
            let why = format!("Applies the pending migrations of {} once, before it starts.", unit.name);
            services = services.gap().comment(why).set(name, migrate(blueprint, unit));
        }
        services = services.gap().set(unit.name.as_str(), service(blueprint, unit));
    }
    if has_entry(blueprint) {
        services = services.gap().comment("The one way in.").set(ENTRY, entry(blueprint));
    }
    let mut document = Map::new().set("services", services);
    let volumes =
        blueprint.stores.iter().filter(|store| store.image.is_some() && store::keeps(store.about.kind));
    let volumes = volumes.fold(Map::new(), |map, store| map.set(store::volume(store), Node::Empty));
    if !volumes.is_empty() {
        document = document.gap().comment("Kept when containers go.").set("volumes", volumes);
    }
    document = document.gap().set("networks", networks(blueprint));
    document
        .document(&header(blueprint, "what there is. An overlay says how it runs: dev, prod, prod and vps."))
}

/// One network for what people reach, one for data, so that the entry cannot talk to a database.
fn networks(blueprint: &Blueprint<'_>) -> Map {
    let network = |part| addressed(blueprint.project(), part);
    let networks = Map::new().set("edge", network(0));
    if blueprint.stores.iter().any(|store| store.image.is_some()) {
        networks.set("data", network(128))
    } else {
        networks
    }
}

/// A network with one of two subnets of a name. Those that Docker chooses by itself may lie where another one's has to be.
pub(in crate::files) fn addressed(name: &str, part: u8) -> Map {
    let subnet = Map::new().set("subnet", subnet(name, part));
    Map::new().set("ipam", Map::new().set("config", list([subnet])))
}

/// A half of a /24 in 172.20.0.0/14, by the project's name: two projects on a machine rarely meet.
fn subnet(project: &str, part: u8) -> String {
    // FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv), which is the same everywhere.
    let hash = project
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("172.{}.{}.{part}/25", 20 + (hash >> 8) % 4, hash % 256)
}

fn build(blueprint: &Blueprint<'_>, unit: &Unit<'_>, target: Option<&str>) -> Map {
    let context = if unit.context == "." { ".".to_owned() } else { format!("./{}", unit.context) };
    let inner = match unit.context.as_str() {
        "." => unit.dockerfile.as_str(),
        context => {
            unit.dockerfile.strip_prefix(context).map_or("Dockerfile", |rest| rest.trim_start_matches('/'))
        }
    };
    let map = Map::new().set("context", context).set("dockerfile", inner).set_some("target", target);
    let arguments = value::build_arguments(blueprint, unit);
    if arguments.is_empty() { map } else { map.set("args", arguments) }
}

fn migrate(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let map = Map::new()
        .set("build", build(blueprint, unit, Some("migrate")))
        .set("image", image(blueprint, unit, "-migrate"));
    let environment = value::environment(blueprint, unit, Which::Open);
    let map = if environment.is_empty() { map } else { map.set("environment", environment) };
    let map = match waits_for_stores(blueprint, unit) {
        waits if waits.is_empty() => map,
        waits => map.set("depends_on", waits),
    };
    map.set("networks", networks_of(blueprint, unit)).set("restart", "no").set("logging", logging())
}

fn service(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let mut map = Map::new();
    if dockerfile::builds(unit) || unit.runtime().is_none() {
        map = map.set("build", build(blueprint, unit, None));
    }
    map = map.set("image", image(blueprint, unit, ""));
    let environment = value::environment(blueprint, unit, Which::Open);
    if !environment.is_empty() {
        map = map.set("environment", environment);
    }
    let mut waits = waits_for_stores(blueprint, unit);
    if let Some(name) = migration(unit) {
        waits = waits.set(name, Map::new().set("condition", "service_completed_successfully"));
    }
    for other in called(blueprint, unit) {
        waits = waits.set(other.name.as_str(), Map::new().set("condition", "service_healthy"));
    }
    if !waits.is_empty() {
        map = map.set("depends_on", waits);
    }
    if let Some(words) = dockerfile::health_command(unit) {
        map = map.set("healthcheck", health(program(words)));
    }
    map.set("networks", networks_of(blueprint, unit))
        .set("init", true)
        .set("stop_grace_period", format!("{}s", unit.service.grace.0.div_ceil(1000)))
        .set("restart", "unless-stopped")
        .set("logging", logging())
}

/// `${REGISTRY:-ghcr.io/acme/shop}/backend:${TAG:-latest}`.
pub(super) fn image(blueprint: &Blueprint<'_>, unit: &Unit<'_>, suffix: &str) -> String {
    format!("${{REGISTRY:-{}}}/{}{suffix}:${{TAG:-latest}}", blueprint.image_prefix(), unit.name)
}

fn networks_of(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Node {
    let data = blueprint.stores_of(unit).any(|store| store.image.is_some());
    if data { flow(["edge", "data"]) } else { flow(["edge"]) }
}

fn waits_for_stores(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let here = blueprint.stores_of(unit).filter(|store| store.image.is_some());
    here.fold(Map::new(), |map, store| {
        let condition = match store::health_line(store) {
            Some(_) => "service_healthy",
            None => "service_started",
        };
        map.set(store.name.as_str(), Map::new().set("condition", condition))
    })
}

/// The services whose own address a service is given: it starts after them. Two that call each other start together.
fn called<'b, 'a>(blueprint: &'b Blueprint<'a>, unit: &Unit<'a>) -> Vec<&'b Unit<'a>> {
    let calls = |from: &Unit<'a>, to: &Unit<'a>| blueprint.calls(from, to.name.as_str());
    let others = blueprint.units.iter().filter(|other| other.name != unit.name && other.health().is_some());
    others.filter(|other| calls(unit, other) && !calls(other, unit)).collect()
}

fn entry(blueprint: &Blueprint<'_>) -> Map {
    let mut waits = Map::new();
    for (_, unit) in blueprint.routes() {
        let condition = if unit.health().is_some() { "service_healthy" } else { "service_started" };
        waits = waits.set(unit.name.as_str(), Map::new().set("condition", condition));
    }
    let url = format!("http://127.0.0.1:{ENTRY_PORT}/healthz");
    let test = program(["wget", "-q", "-T", "4", "-O", "/dev/null", &url].map(str::to_owned).to_vec());
    Map::new()
        .set("image", blueprint.pinned(&images::nginx()))
        .set("volumes", list(["./deploy/nginx/http.conf:/etc/nginx/conf.d/default.conf:ro"]))
        .set("depends_on", waits)
        .set("healthcheck", health(test))
        .set("networks", flow(["edge"]))
        .set("restart", "unless-stopped")
        .set("logging", logging())
}
