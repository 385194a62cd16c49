//! Stacks for Docker Swarm: one for what runs, one for migrations.
//!
//! Swarm's own defaults call an update done before a slow crash shows, and go on with the next task meanwhile. Here a task
//! is watched for longer than its health check needs to give up, the next one waits for that, and a failure rolls back.

mod entry;
mod migration;
mod service;
mod store;

use super::GeneratedFile;
use super::blueprint::{Blueprint, Store, Unit};
use super::compose::{ENTRY, has_entry, store as compose_store};
use artifact::yaml::{Map, Node, flow, list};

/// What runs.
pub const STACK: &str = "deploy/swarm/stack.yml";
/// What runs once before it.
pub const MIGRATE: &str = "deploy/swarm/migrate.yml";

/// The oldest format with limits of processes; Docker 20.10 reads it, and is the first to drop capabilities in a stack.
const FORMAT: &str = "3.9";
/// The health check, in seconds. [`MONITOR`] is made of it.
const INTERVAL: u32 = 10;
const TIMEOUT: u32 = 5;
const RETRIES: u32 = 3;
const START_PERIOD: u32 = 40;
/// Time for a crash that comes after the first healthy answers.
const CRASH_HORIZON: u32 = 30;
/// How long a new task is watched: until its health check would have given up, and a while.
const MONITOR: u32 = START_PERIOD + INTERVAL * RETRIES + CRASH_HORIZON;

pub(super) fn files(blueprint: &Blueprint<'_>) -> Vec<GeneratedFile> {
    let stack = GeneratedFile::new(STACK, text(blueprint));
    std::iter::once(stack).chain(migration::file(blueprint)).collect()
}

fn text(blueprint: &Blueprint<'_>) -> String {
    let mut services = Map::new();
    for store in here(blueprint) {
        services = services.gap().set(store.name.as_str(), store::service(blueprint, store));
    }
    for unit in &blueprint.units {
        services = services.gap().set(unit.name.as_str(), service::service(blueprint, unit));
    }
    if has_entry(blueprint) {
        services =
            services.gap().comment("The one way in, on every node.").set(ENTRY, entry::service(blueprint));
    }
    let mut document = Map::new().set("version", FORMAT).gap().set("services", services);
    let kept = here(blueprint).filter(|store| compose_store::keeps(store.about.kind));
    let volumes = kept.fold(Map::new(), |map, store| map.set(compose_store::volume(store), Node::Empty));
    if !volumes.is_empty() {
        document = document.gap().set("volumes", volumes);
    }
    document = document.gap().set("networks", networks(blueprint));
    let configs = configs(blueprint);
    if !configs.is_empty() {
        document = document
            .gap()
            .comment("A configuration never changes: other content needs another version.")
            .set("configs", configs);
    }
    let ids = secret_ids(blueprint);
    if !ids.is_empty() {
        document = document
            .gap()
            .comment("A secret never changes: another value needs another name, here and in `docker secret create`.")
            .set("secrets", secrets(blueprint, ids));
    }
    document.document(&header(blueprint))
}

/// What a person does with it, as commands: tests run them as they are.
fn header(blueprint: &Blueprint<'_>) -> String {
    let project = blueprint.project();
    let mut lines = vec![
        format!("{project}: a stack for Docker Swarm."),
        "Written by `mainstay generate`, which keeps what you change here.".to_owned(),
        "On a manager, `mainstay up --target swarm` builds, migrates, gates and rolls back by itself, without this file.".to_owned(),
        String::new(),
        "By hand, once, on a manager:".to_owned(),
    ];
    if here(blueprint).next().is_some() {
        lines.push(format!(
            "  docker node update --label-add {project}.data=true \"$NODE\"    # the node that keeps the data"
        ));
    }
    if !secret_ids(blueprint).is_empty() {
        let secret = "docker secret create";
        lines.push(format!(
            "  for file in deploy/secrets/*; do {secret} {} \"$file\"; done",
            external(project, "${file##*/}")
        ));
    }
    if has_entry(blueprint) {
        lines.push(
            "tls_certificate (with its chain) and tls_key lie beside the others in deploy/secrets."
                .to_owned(),
        );
    }
    lines.push(String::new());
    lines.push("Every time, with the variables that are named below in the environment (`set -a; . ./.env` reads them):".to_owned());
    if migration::units(blueprint).next().is_some() {
        let stack = migration::stack(project);
        lines.extend([
            format!("  docker stack deploy --with-registry-auth -c {MIGRATE} {stack}"),
            format!("  while sleep 2; docker stack ps --format '{{{{.CurrentState}}}}' {stack} | grep -Evq '^(Complete|Failed|Rejected)'; do :; done"),
            format!("  docker stack ps {stack}; docker stack rm {stack}    # go on when all are complete"),
        ]);
    }
    lines.push(format!("  docker stack deploy --with-registry-auth -c {STACK} {project}"));
    if migration::units(blueprint).next().is_some() {
        lines.push("The very first time migrations come last, because they need the database and the networks of the stack.".to_owned());
    }
    lines.extend([
        String::new(),
        "Docker says that all is well when it has taken the stack, and when it has rolled back. What became of it:".to_owned(),
        format!("  docker service inspect --format '{{{{.Spec.Name}}}} {{{{with .UpdateStatus}}}}{{{{.State}}}}{{{{end}}}}' $(docker stack services --quiet {project})"),
        format!("  docker stack ps --filter desired-state=running {project}"),
    ]);
    lines.join("\n")
}

/// The datastores that are part of the stack.
fn here<'b, 'a>(blueprint: &'b Blueprint<'a>) -> impl Iterator<Item = &'b Store<'a>> {
    blueprint.stores.iter().filter(|store| store.image.is_some())
}

fn external(project: &str, id: &str) -> String {
    format!("{project}_{id}")
}

/// By digest: the variable is named after the image. Docker 20.10 takes a dash in the words after `:?` for the one that
/// begins a default, so they do not name the image.
fn image(map: Map, blueprint: &Blueprint<'_>, unit: &Unit<'_>, suffix: &str) -> Map {
    let name = format!("{}{suffix}", blueprint.image(unit));
    let variable = format!("{}{suffix}_image", unit.name).to_uppercase().replace('-', "_");
    map.comment(format!(
        "{name}@sha256:..., because a tag that moves would make a rollback run the new image."
    ))
    .set("image", format!("${{{variable}:?set {variable} to the image by its digest}}"))
}

/// The networks that a service needs: the second only with data in it.
fn networks_of(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Node {
    let data = blueprint.stores_of(unit).any(|store| store.image.is_some());
    if data { flow(["edge", "data"]) } else { flow(["edge"]) }
}

/// Encrypted between nodes, because the data's network carries passwords.
fn networks(blueprint: &Blueprint<'_>) -> Map {
    let network = || Map::new().set("driver", "overlay").set("attachable", true);
    let encrypted = network().set("driver_opts", Map::new().set("encrypted", "true"));
    let networks = Map::new().set("edge", network());
    if here(blueprint).next().is_none() {
        return networks;
    }
    networks
        .comment("Needs ESP (IP protocol 50) between nodes; where a kernel or a firewall has none, nothing is reached on other nodes.")
        .set("data", encrypted)
}

/// Files that Swarm brings to the nodes.
fn configs(blueprint: &Blueprint<'_>) -> Map {
    let config = |file: &str, name: &str| {
        let version = format!("{name}_version").to_uppercase().replace('-', "_");
        Map::new()
            .set("file", format!("../{}", file.strip_prefix("deploy/").unwrap_or(file)))
            .set("name", format!("{}-{name}-${{{version}:-1}}", blueprint.project()))
    };
    let first =
        here(blueprint).filter_map(|store| Some((store::init(store)?, compose_store::init(store)?.path)));
    let configs = first.fold(Map::new(), |map, (name, path)| map.set(name.clone(), config(&path, &name)));
    if has_entry(blueprint) { configs.set(ENTRY, config(super::nginx::TLS, ENTRY)) } else { configs }
}

fn secret_ids(blueprint: &Blueprint<'_>) -> Vec<String> {
    let mut ids: Vec<String> = blueprint.secrets().into_iter().map(|secret| secret.id).collect();
    if has_entry(blueprint) {
        ids.extend([entry::CERTIFICATE, entry::KEY].map(str::to_owned));
    }
    ids
}

fn secrets(blueprint: &Blueprint<'_>, ids: impl IntoIterator<Item = String>) -> Map {
    ids.into_iter().fold(Map::new(), |map, id| {
        let about = Map::new().set("external", true).set("name", external(blueprint.project(), &id));
        map.set(id, about)
    })
}

fn health(test: Node) -> Map {
    Map::new()
        .set("test", test)
        .set("interval", format!("{INTERVAL}s"))
        .set("timeout", format!("{TIMEOUT}s"))
        .set("retries", RETRIES)
        .set("start_period", format!("{START_PERIOD}s"))
}

/// What every container can do without. The folders in memory are all that it may write beside its volumes.
fn hardened(map: Map, folders: impl IntoIterator<Item = impl Into<String>>, volumes: Vec<Node>) -> Map {
    let scratch = |folder: String| Map::new().set("type", "tmpfs").set("target", folder);
    let scratch = folders.into_iter().map(|folder| scratch(folder.into()).into());
    map.set("read_only", true)
        .set("volumes", list(volumes.into_iter().chain(scratch)))
        .set("cap_drop", flow(["ALL"]))
}

fn resources(memory: u64, cpu_milli: u32) -> Map {
    let limits = Map::new()
        .set("memory", format!("{memory}M"))
        .set("cpus", format!("{}.{:03}", cpu_milli / 1000, cpu_milli % 1000))
        .set("pids", 256);
    Map::new().set("limits", limits)
}

/// One task at a time, each watched before the next one. What must not run twice stops first.
fn update(order: &str) -> Map {
    Map::new()
        .set("parallelism", 1)
        .set("delay", format!("{MONITOR}s"))
        .set("monitor", format!("{MONITOR}s"))
        .set("max_failure_ratio", 0)
        .set("order", order)
}

fn rollout(map: Map, order: &str) -> Map {
    let restart =
        Map::new().set("condition", "any").set("delay", "5s").set("max_attempts", 0).set("window", "120s");
    map.comment("Longer than the health check needs to give up, so that a slow crash still counts.")
        .set("update_config", update(order).set("failure_action", "rollback"))
        .set("rollback_config", update(order).set("failure_action", "pause"))
        .set("restart_policy", restart)
}
