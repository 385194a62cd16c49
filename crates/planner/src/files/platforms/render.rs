//! `render.yaml` (https://render.com/docs/blueprint-spec).

use super::given;
use crate::files::blueprint::{Piece, Unit, Value};
use crate::files::{Blueprint, GeneratedFile};
use artifact::yaml::{Map, list};
use model::facts::{DatastoreKind, Phase, ServiceKind};

pub(super) fn file(blueprint: &Blueprint<'_>) -> GeneratedFile {
    let mut services: Vec<Map> = blueprint.units.iter().map(|unit| service(blueprint, unit)).collect();
    let redis = blueprint.stores.iter().filter(|store| store.about.kind == DatastoreKind::Redis);
    services.extend(redis.map(|store| {
        Map::new()
            .set("type", "keyvalue")
            .set("name", store.name.as_str())
            .set("plan", "starter")
            .set("ipAllowList", list::<&str>([]))
    }));
    let databases: Vec<Map> = blueprint
        .stores
        .iter()
        .filter(|store| store.about.kind == DatastoreKind::Postgres && store.image.is_some())
        .map(|store| {
            let map = Map::new().set("name", store.name.as_str()).set("plan", "basic-256mb");
            map.set_some("postgresMajorVersion", store.about.version.as_deref())
                .set("ipAllowList", list::<&str>([]))
        })
        .collect();
    let file = Map::new().set("services", list(services));
    let file = if databases.is_empty() { file } else { file.gap().set("databases", list(databases)) };
    let header = format!(
        "{} on Render.\nWritten by `mainstay generate`, which keeps what you change here.",
        blueprint.project()
    );
    GeneratedFile::new("render.yaml", file.document(&header))
}

fn service(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let kind = match unit.service.kind {
        ServiceKind::Web => "web",
        ServiceKind::Static => "web",
        ServiceKind::Worker | ServiceKind::Scheduler | ServiceKind::Job => "worker",
    };
    let mut map = Map::new()
        .set("type", kind)
        .set("name", format!("{}-{}", blueprint.project(), unit.name))
        .set("runtime", "docker")
        .set("dockerfilePath", format!("./{}", unit.dockerfile))
        .set("dockerContext", format!("./{}", unit.context.trim_start_matches('.')))
        .set_some("healthCheckPath", unit.health());
    map = map.set_some(
        "preDeployCommand",
        unit.service.migrations.as_ref().map(|migrations| migrations.command.as_str()),
    );
    let mut variables: Vec<Map> = Vec::new();
    for (name, value) in blueprint.values(unit, Phase::Run) {
        let entry = Map::new().set("key", name);
        match &value {
            Value::Plain(text) => variables.push(entry.set("value", text.as_str())),
            Value::Composed(pieces) => variables.push(composed(blueprint, entry, pieces)),
            Value::Given(_) | Value::Optional(_) => {}
        }
    }
    variables.extend(given(blueprint, unit).into_iter().map(|(name, made)| {
        let entry = Map::new().set("key", name);
        if made { entry.set("generateValue", true) } else { entry.set("sync", false) }
    }));
    if variables.is_empty() { map } else { map.set("envVars", list(variables)) }
}

/// What the platform knows of a datastore that it runs: its address, or its password alone; the rest is asked for.
fn composed(blueprint: &Blueprint<'_>, entry: Map, pieces: &[Piece<'_>]) -> Map {
    let store = pieces.iter().find_map(|piece| match piece {
        Piece::Password(store) => blueprint.store(store),
        Piece::Text(_) | Piece::PublicUrl | Piece::Elsewhere(..) => None,
    });
    let alone = pieces.len() == 1;
    match store.map(|store| (store.name.as_str(), store.about.kind)) {
        Some((name, DatastoreKind::Postgres)) => {
            let property = if alone { "password" } else { "connectionString" };
            entry.set("fromDatabase", Map::new().set("name", name).set("property", property))
        }
        Some((name, DatastoreKind::Redis)) if !alone => {
            let from = Map::new().set("name", name).set("type", "keyvalue");
            entry.set("fromService", from.set("property", "connectionString"))
        }
        Some(_) | None => entry.set("sync", false),
    }
}
