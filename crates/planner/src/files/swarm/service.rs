//! The project's own services.

use super::{Blueprint, Unit, hardened, health, image, networks_of, resources, rollout};
use crate::files::blueprint::Value;
use crate::files::compose::{logging, value};
use crate::files::dockerfile;
use artifact::yaml::{Map, flow, list};
use model::facts::{Phase, ServiceKind};

pub(super) fn service(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let mut map = settings(image(Map::new(), blueprint, unit, ""), blueprint, unit);
    if let Some(words) = dockerfile::health_command(unit) {
        let test = std::iter::once("CMD".to_owned()).chain(words.iter().map(|word| value::literal(word)));
        map = map.set("healthcheck", health(flow(test)));
    }
    let alone = matches!(unit.service.kind, ServiceKind::Scheduler | ServiceKind::Job);
    let replicas = if alone { 1 } else { unit.service.replicas.max(2) };
    let order = if alone { "stop-first" } else { "start-first" };
    let deploy = Map::new().set("endpoint_mode", "dnsrr").set("replicas", replicas);
    let deploy = rollout(deploy, order).set("resources", limits(unit));
    let folders = dockerfile::scratch(unit).into_iter().map(|(_, folder)| folder);
    hardened(map.set("networks", networks_of(blueprint, unit)).set("init", true), folders, Vec::new())
        .set("stop_grace_period", format!("{}s", unit.service.grace.0.div_ceil(1000)))
        .set("logging", logging())
        .set("deploy", deploy)
}

pub(super) fn limits(unit: &Unit<'_>) -> Map {
    let memory = unit.service.limits.memory.map_or(512, |bytes| bytes.0.div_ceil(1 << 20));
    resources(memory, unit.service.limits.cpu_milli.unwrap_or(1000))
}

/// Its variables and its secrets.
pub(super) fn settings(map: Map, blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let environment = environment(blueprint, unit);
    let map = if environment.is_empty() { map } else { map.set("environment", environment) };
    let ids: Vec<String> = blueprint.secrets_of(unit).into_iter().map(|(_, id, _)| id).collect();
    if ids.is_empty() { map } else { map.set("secrets", list(ids)) }
}

/// What anybody may see; secrets come as files, and the address of the system has no default.
fn environment(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let mut map = Map::new();
    for (name, value) in blueprint.values(unit, Phase::Run) {
        match value {
            Value::Plain(text) => map.insert(name, value::literal(&text)),
            Value::Composed(_) | Value::Given(_) if !value.is_secret() => {
                map.insert(name, value::node(blueprint, name, &value));
            }
            Value::Composed(_) | Value::Given(_) | Value::Optional(_) => {}
        }
    }
    map = map.merge(value::addresses(blueprint, unit, Phase::Run));
    for (name, id, _) in blueprint.secrets_of(unit) {
        map.insert(format!("{name}_FILE"), format!("/run/secrets/{id}"));
    }
    map
}
