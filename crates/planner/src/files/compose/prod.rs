//! Production: secrets as files, TLS at the entry, nothing else published, and containers that may do little.

use super::value::{self, Which};
use super::{BASE, ENTRY, ENTRY_PORT, ENTRY_TLS_PORT, has_entry, header, migration, overlay, store};
use crate::files::blueprint::{Blueprint, Store, Unit};
use crate::files::dockerfile;
use artifact::yaml::{Map, Node, flow, list};
use model::facts::{DatastoreKind, Phase};
use model::unit::Bytes;

/// Where the files of secrets lie.
pub(super) const SECRETS: &str = "./deploy/secrets";
/// Memory and cores of a container for which nothing else is said.
const MEMORY: Bytes = Bytes(512 << 20);
const CPUS: &str = "1.0";
const PIDS: u16 = 256;

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let mut services = Map::new();
    for store in blueprint.stores.iter().filter(|store| store.image.is_some()) {
        services = services.gap().set(store.name.as_str(), datastore(store));
    }
    for unit in &blueprint.units {
        if let Some(name) = migration(unit) {
            let map = values(blueprint, unit);
            services = services.gap().set(name, hardened(map, ["/tmp"]).set("mem_limit", memory(unit)));
        }
        services = services.gap().set(unit.name.as_str(), service(blueprint, unit));
    }
    if has_entry(blueprint) {
        services = services.gap().set(ENTRY, entry());
    }
    let mut document = Map::new().set("services", services);
    let files = blueprint.secrets().into_iter().fold(Map::new(), |map, secret| {
        let file = format!("{SECRETS}/{}", secret.id);
        map.set(secret.id, Map::new().set("file", file))
    });
    if !files.is_empty() {
        document = document
            .gap()
            .comment("`mainstay env secrets deploy/secrets` writes them.")
            .set("secrets", files);
    }
    document.document(&header(
        blueprint,
        &format!("in production. COMPOSE_FILE={BASE}:{} in .env makes it the default.", overlay("prod")),
    ))
}

/// What every container of ours can do without.
fn hardened<T: Into<Node>>(map: Map, scratch: impl IntoIterator<Item = T>) -> Map {
    map.set("read_only", true)
        .set("tmpfs", list(scratch))
        .set("cap_drop", flow(["ALL"]))
        .set("security_opt", flow(["no-new-privileges:true"]))
        .set("pids_limit", PIDS)
}

/// What is different of a service's values here: secrets come as files, and the address of the system has no default.
fn values(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let mut map = Map::new();
    let arguments = value::addresses(blueprint, unit, Phase::Build);
    if !arguments.is_empty() {
        map = map.set("build", Map::new().set("args", arguments));
    }
    let environment = value::environment(blueprint, unit, Which::Production);
    if !environment.is_empty() {
        map = map.set("environment", environment);
    }
    let ids: Vec<String> = blueprint.secrets_of(unit).into_iter().map(|(_, id, _)| id).collect();
    if ids.is_empty() { map } else { map.set("secrets", list(ids)) }
}

fn service(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let map = hardened(values(blueprint, unit), scratch(unit));
    map.set("mem_limit", memory(unit)).set("cpus", cpus(unit))
}

/// Folders that a service may write: all but `/tmp`, which is everybody's, belong to its user.
fn scratch(unit: &Unit<'_>) -> Vec<String> {
    let folders = dockerfile::scratch(unit).into_iter().map(|(_, folder)| folder);
    let owned = |folder: String| format!("{folder}:uid={0},gid={0}", unit.user);
    folders.map(|folder| if folder == "/tmp" { folder } else { owned(folder) }).collect()
}

fn memory(unit: &Unit<'_>) -> String {
    format!("{}m", unit.service.limits.memory.unwrap_or(MEMORY).0.div_ceil(1 << 20))
}

fn cpus(unit: &Unit<'_>) -> String {
    unit.service
        .limits
        .cpu_milli
        .map_or_else(|| CPUS.to_owned(), |milli| format!("{}.{:03}", milli / 1000, milli % 1000))
}

fn datastore(store: &Store<'_>) -> Map {
    let mut map = Map::new();
    if let Some((environment, ids)) = store::password_file(store) {
        if !environment.is_empty() {
            map = map.set("environment", environment);
        }
        map = map.set("secrets", ids);
    }
    let map = hardened(map, store::scratch(store.about.kind).iter().copied());
    let map = map.set("cap_add", flow(store::CAPABILITIES));
    let map = match store.about.kind {
        DatastoreKind::Postgres => {
            map.comment("Parallel queries pass rows through it.").set("shm_size", "128m")
        }
        _ => map,
    };
    map.set("mem_limit", "1024m").set("cpus", CPUS).set("stop_grace_period", "60s")
}

fn entry() -> Map {
    let volumes = [
        "./deploy/nginx/tls.conf:/etc/nginx/conf.d/default.conf:ro",
        "${TLS_DIR:-./deploy/tls}:/etc/nginx/tls:ro",
        "${ACME_DIR:-./deploy/acme}:/var/www/acme:ro",
    ];
    let ports =
        [format!("${{HTTP_PORT:-80}}:{ENTRY_PORT}"), format!("${{HTTPS_PORT:-443}}:{ENTRY_TLS_PORT}")];
    hardened(Map::new().set("volumes", list(volumes)).set("ports", list(ports)), ["/tmp"])
        .set("mem_limit", "128m")
        .set("cpus", CPUS)
}
