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
            Value::Composed(pieces) => variables.extend(composed(entry, pieces)),
            Value::Given(_) | Value::Optional(_) => {}
        }
    }
    variables.extend(given(blueprint, unit).into_iter().map(|(name, made)| {
        let entry = Map::new().set("key", name);
        if made { entry.set("generateValue", true) } else { entry.set("sync", false) }
    }));
    if variables.is_empty() { map } else { map.set("envVars", list(variables)) }
}

/// The platform's own address of a datastore, for a value that is one; the rest is asked for.
fn composed(entry: Map, pieces: &[Piece<'_>]) -> Option<Map> {
    let store = pieces.iter().find_map(|piece| match piece {
        Piece::Password(store) => Some(*store),
        Piece::Text(_) | Piece::PublicUrl | Piece::Elsewhere(..) => None,
    });
    let Some(store) = store else { return Some(entry.set("sync", false)) };
    let from = Map::new().set("name", store).set("property", "connectionString");
    Some(entry.set("fromDatabase", from))
}
