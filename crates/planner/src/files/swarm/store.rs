//! Datastores.

use super::{Blueprint, Store, hardened, health, resources, rollout};
use crate::files::compose::{logging, store, value};
use artifact::yaml::{Map, Node, flow, list};

/// Memory in millions of bytes, and thousandths of a core.
const LIMITS: (u64, u32) = (1024, 1000);

pub(super) fn service(blueprint: &Blueprint<'_>, about: &Store<'_>) -> Map {
    let kind = about.about.kind;
    let mut map = Map::new().set_some("image", about.image.as_deref().map(|image| blueprint.pinned(image)));
    if let Some(words) = store::command(about) {
        map = map.set("command", flow(words.iter().map(|word| value::literal(word))));
    }
    let (mut environment, _) = store::account(about);
    if let Some((file, ids)) = store::password_file(about) {
        environment = environment.merge(file);
        map = map.set("secrets", ids);
    }
    if !environment.is_empty() {
        map = map.set("environment", environment);
    }
    if let Some((name, file)) = init(about).zip(store::init(about)) {
        let script = file.path.rsplit('/').next().unwrap_or_default();
        let target = format!("/docker-entrypoint-initdb.d/{script}");
        map = map.set("configs", list([Map::new().set("source", name).set("target", target)]));
    }
    if let Some(line) = store::health_line(about) {
        map = map.set("healthcheck", health(flow(["CMD-SHELL".to_owned(), value::literal(&line)])));
    }
    let place = format!("node.labels.{}.data == true", blueprint.project());
    let deploy = Map::new()
        .set("endpoint_mode", "dnsrr")
        .set("replicas", 1)
        .comment("A volume lies on one node.")
        .set("placement", Map::new().set("constraints", list([place])));
    let deploy = rollout(deploy, "stop-first").set("resources", resources(LIMITS.0, LIMITS.1));
    let kept: Option<Node> =
        store::keeps(kind).then(|| format!("{}:{}", store::volume(about), store::data(kind)).into());
    let folders = store::scratch(kind).iter().copied();
    hardened(map.set("networks", flow(["data"])), folders, kept.into_iter().collect())
        .comment("Their entry scripts give the data to the server's user and become it.")
        .set("cap_add", flow(store::CAPABILITIES))
        .set("stop_grace_period", "60s")
        .set("logging", logging())
        .set("deploy", deploy)
}

/// The name of the first script of a new database, where there is one.
pub(super) fn init(about: &Store<'_>) -> Option<String> {
    store::has_init(about.about.kind).then(|| format!("{}-init", about.name))
}
