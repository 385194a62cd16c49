//! What pods of ours have in common.

use super::{secret, settings};
use crate::files::blueprint::{Blueprint, Piece, Unit, Value};
use artifact::yaml::{Map, Node, flow, list};
use model::facts::Phase;

/// The pod's rights: none.
pub(super) fn security(user: u32) -> Map {
    Map::new()
        .set("runAsNonRoot", true)
        .set("runAsUser", user)
        .set("runAsGroup", user)
        .set("fsGroup", user)
        .set("seccompProfile", Map::new().set("type", "RuntimeDefault"))
}

/// The container's rights: none.
pub(super) fn container_security() -> Map {
    Map::new()
        .set("allowPrivilegeEscalation", false)
        .set("readOnlyRootFilesystem", true)
        .set("capabilities", Map::new().set("drop", flow(["ALL"])))
}

/// The variables of a service: plain ones as they stand, secrets from the Secret, what whoever runs it says from the
/// settings.
pub(super) fn environment(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Node {
    let mut all: Vec<Map> = Vec::new();
    let named = |name: &str| Map::new().set("name", name);
    let secrets = blueprint.secrets_of(unit);
    for (name, value) in blueprint.values(unit, Phase::Run) {
        let id = secrets.iter().find(|(known, ..)| *known == name).map(|(_, id, _)| id);
        let entry = match (&value, id) {
            (_, Some(id)) => named(name).set("valueFrom", from_secret(blueprint, id, false)),
            // Whoever needs it adds it to the Secret; without it the code's own default applies.
            (Value::Optional(given), None) if given.secret => {
                named(name).set("valueFrom", from_secret(blueprint, &name.to_lowercase(), true))
            }
            (value, None) => match settings::of(value) {
                Some(setting) => named(name).set("valueFrom", setting.reference(blueprint, name)),
                None => named(name).set("value", plain(blueprint, value)),
            },
        };
        all.push(entry);
    }
    if let (Some(name), Some(port)) = (unit.port_variable(), unit.port.filter(|_| !unit.is_static())) {
        all.push(named(name).set("value", port.to_string()));
    }
    list(all)
}

fn from_secret(blueprint: &Blueprint<'_>, key: &str, optional: bool) -> Map {
    let reference = Map::new().set("name", secret(blueprint)).set("key", key);
    let reference = if optional { reference.set("optional", true) } else { reference };
    Map::new().set("secretKeyRef", reference)
}

/// A value that is known here. Without a domain the address that people use is a placeholder to be replaced.
fn plain(blueprint: &Blueprint<'_>, value: &Value<'_>) -> String {
    let piece = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => text.clone(),
        Piece::PublicUrl => format!("https://{}", domain(blueprint)),
        Piece::Password(_) | Piece::Elsewhere(..) => String::new(),
    };
    match value {
        Value::Plain(text) => text.clone(),
        Value::Composed(pieces) => pieces.iter().map(piece).collect(),
        Value::Given(given) | Value::Optional(given) => given.default.unwrap_or_default().to_owned(),
    }
}

/// The domain of the entry.
pub(super) fn domain(blueprint: &Blueprint<'_>) -> String {
    let known = blueprint.manifest.environment.domains.first().cloned();
    known.unwrap_or_else(|| format!("{}.example.com", super::name(blueprint.project())))
}

/// Mounts and volumes of these folders.
pub(super) fn mounts(folders: &[(&str, String)]) -> (Node, Node) {
    let mounts = folders.iter().map(|(name, path)| Map::new().set("name", *name).set("mountPath", path));
    let volumes = folders
        .iter()
        .map(|(name, _)| Map::new().set("name", *name).set("emptyDir", Map::new().set("sizeLimit", "256Mi")));
    (list(mounts), list(volumes))
}

/// What a pod asks for and may have.
pub(super) fn resources(unit: &Unit<'_>) -> Map {
    let memory = unit.service.limits.memory.map_or(512, |bytes| bytes.0.div_ceil(1 << 20));
    let cores = unit.service.limits.cpu_milli.unwrap_or(1000);
    let requests = Map::new()
        .set("cpu", format!("{}m", (cores / 10).max(10)))
        .set("memory", format!("{}Mi", memory / 2));
    let limits = Map::new().set("cpu", format!("{cores}m")).set("memory", format!("{memory}Mi"));
    Map::new().set("requests", requests).set("limits", limits)
}
