//! A stack for Docker Swarm.
//!
//! Swarm's own defaults call an update done before a slow crash shows, and go on with the next task meanwhile. Here a task
//! is watched for longer than its health check needs to give up, the next one waits for that, and a failure rolls back.

use super::blueprint::{Blueprint, Store, Unit, Value};
use super::compose::{ENTRY, ENTRY_PORT, ENTRY_TLS_PORT, has_entry, store, value};
use super::{GeneratedFile, base, dockerfile};
use artifact::yaml::{Map, Node, flow, list};
use model::facts::{Phase, ServiceKind};

/// The stack's file.
pub const STACK: &str = "deploy/swarm/stack.yml";

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
    vec![GeneratedFile::new(STACK, text(blueprint))]
}

fn text(blueprint: &Blueprint<'_>) -> String {
    let project = blueprint.project();
    let mut services = Map::new();
    for store in blueprint.stores.iter().filter(|store| store.image.is_some()) {
        services = services.gap().set(store.name.as_str(), datastore(blueprint, store));
    }
    for unit in &blueprint.units {
        services = services.gap().set(unit.name.as_str(), service(blueprint, unit));
    }
    if has_entry(blueprint) {
        services = services.gap().comment("The one way in, on every node.").set(ENTRY, entry(blueprint));
    }
    let mut document = Map::new().set("version", "3.8").gap().set("services", services);
    let kept =
        blueprint.stores.iter().filter(|store| store.image.is_some() && store::keeps(store.about.kind));
    let volumes = kept.fold(Map::new(), |map, store| map.set(store::volume(store), Node::Empty));
    if !volumes.is_empty() {
        document = document.gap().set("volumes", volumes);
    }
    document = document.gap().set("networks", networks(blueprint));
    if has_entry(blueprint) {
        let file = Map::new()
            .set("file", "../nginx/tls.conf")
            .comment("A configuration never changes: another content needs another version.")
            .set("name", format!("{project}-entry-${{ENTRY_VERSION:-1}}"));
        document = document.gap().set("configs", Map::new().set(ENTRY, file));
    }
    let secrets = secret_ids(blueprint).into_iter().fold(Map::new(), |map, id| {
        let about = Map::new().set("external", true).set("name", external(project, &id));
        map.set(id, about)
    });
    if !secrets.is_empty() {
        document = document.gap().set("secrets", secrets);
    }
    document.document(&header(blueprint))
}

fn header(blueprint: &Blueprint<'_>) -> String {
    let project = blueprint.project();
    let migrations: Vec<String> = blueprint
        .units
        .iter()
        .filter_map(super::compose::migration)
        .map(|name| format!("  {name}: the `migrate` target of its image, once, with the same secrets"))
        .collect();
    let mut text = format!(
        "{project}: a stack for Docker Swarm. Swarm says \"done\" early: look at every task before you believe it.\n\
         Written by `mainstay generate`, which keeps what you change here.\n\n\
         Before the first time, each secret of deploy/secrets:\n  \
         docker secret create {} deploy/secrets/NAME\n\
         The node that keeps the data: docker node update --label-add {project}.data=true NODE\n\
         Then: docker stack deploy --with-registry-auth -c {STACK} {project}; docker stack ps {project}",
        external(project, "NAME")
    );
    if !migrations.is_empty() {
        text.push_str("\n\nMigrations run before the stack is deployed:\n");
        text.push_str(&migrations.join("\n"));
    }
    text
}

fn external(project: &str, id: &str) -> String {
    format!("{project}_{id}")
}

/// Encrypted between nodes, because the data's network carries passwords.
fn networks(blueprint: &Blueprint<'_>) -> Map {
    let network = || Map::new().set("driver", "overlay").set("attachable", true);
    let encrypted = network().set("driver_opts", Map::new().set("encrypted", "true"));
    let networks = Map::new().set("edge", network());
    let data = blueprint.stores.iter().any(|store| store.image.is_some());
    if data { networks.set("data", encrypted) } else { networks }
}

fn secret_ids(blueprint: &Blueprint<'_>) -> Vec<String> {
    let mut ids: Vec<String> = blueprint.secrets().into_iter().map(|secret| secret.id).collect();
    if has_entry(blueprint) {
        ids.extend(["tls_certificate".to_owned(), "tls_key".to_owned()]);
    }
    ids
}

fn health(test: Node) -> Map {
    Map::new()
        .set("test", test)
        .set("interval", format!("{INTERVAL}s"))
        .set("timeout", format!("{TIMEOUT}s"))
        .set("retries", RETRIES)
        .set("start_period", format!("{START_PERIOD}s"))
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

fn service(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let digest = format!("{}_IMAGE", unit.name.as_str().to_uppercase().replace('-', "_"));
    let mut map = Map::new()
        .comment("By digest: a tag that moves would make a rollback run the new image.")
        .set("image", format!("${{{digest}:?set {digest} to {}@sha256:...}}", blueprint.image(unit)));
    let environment = environment(blueprint, unit);
    if !environment.is_empty() {
        map = map.set("environment", environment);
    }
    let ids: Vec<String> = blueprint.secrets_of(unit).into_iter().map(|(_, id, _)| id).collect();
    if !ids.is_empty() {
        map = map.set("secrets", list(ids));
    }
    if let Some(words) = dockerfile::health_command(unit) {
        let test = std::iter::once("CMD".to_owned()).chain(words.iter().map(|word| value::literal(word)));
        map = map.set("healthcheck", health(flow(test)));
    }
    let data = blueprint.stores_of(unit).any(|store| store.image.is_some());
    let networks = if data { flow(["edge", "data"]) } else { flow(["edge"]) };
    let alone = matches!(unit.service.kind, ServiceKind::Scheduler | ServiceKind::Job);
    let replicas = if alone { 1 } else { unit.service.replicas.max(2) };
    let order = if alone { "stop-first" } else { "start-first" };
    let memory = unit.service.limits.memory.map_or(512, |bytes| bytes.0.div_ceil(1 << 20));
    let cores = unit.service.limits.cpu_milli.unwrap_or(1000);
    let limits = Map::new()
        .set("memory", format!("{memory}M"))
        .set("cpus", format!("{}.{:03}", cores / 1000, cores % 1000));
    let deploy = Map::new().set("endpoint_mode", "dnsrr").set("replicas", replicas);
    let deploy = rollout(deploy, order).set("resources", Map::new().set("limits", limits));
    map.set("networks", networks)
        .set("init", true)
        .set("read_only", true)
        .set("volumes", list(scratch(unit)))
        .set("cap_drop", flow(["ALL"]))
        .set("stop_grace_period", format!("{}s", unit.service.grace.0.div_ceil(1000)))
        .set("logging", super::compose::logging())
        .set("deploy", deploy)
}

/// Folders that a service may write, written out because `tmpfs:` has not always been read in stacks.
fn scratch(unit: &Unit<'_>) -> impl Iterator<Item = Map> {
    let folders = super::dockerfile::scratch(unit).into_iter().map(|(_, folder)| folder);
    folders.map(|folder| Map::new().set("type", "tmpfs").set("target", folder))
}

/// What anybody may see; secrets come as files.
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
    for (name, id, _) in blueprint.secrets_of(unit) {
        map.insert(format!("{name}_FILE"), format!("/run/secrets/{id}"));
    }
    map
}

fn datastore(blueprint: &Blueprint<'_>, store: &Store<'_>) -> Map {
    let mut map = Map::new().set_some("image", store.image.as_deref().map(|image| blueprint.pinned(image)));
    if let Some(words) = store::command(store) {
        map = map.set("command", flow(words.iter().map(|word| value::literal(word))));
    }
    let (mut environment, _) = store::account(store);
    if let Some((file, ids)) = store::password_file(store) {
        environment = environment.merge(file);
        map = map.set("secrets", ids);
    }
    if !environment.is_empty() {
        map = map.set("environment", environment);
    }
    if store::keeps(store.about.kind) {
        map =
            map.set("volumes", list([format!("{}:{}", store::volume(store), store::data(store.about.kind))]));
    }
    if let Some(line) = store::health_line(store) {
        map = map.set("healthcheck", health(flow(["CMD-SHELL".to_owned(), value::literal(&line)])));
    }
    let place = format!("node.labels.{}.data == true", blueprint.project());
    let deploy = Map::new()
        .set("endpoint_mode", "dnsrr")
        .set("replicas", 1)
        .comment("A volume lies on one node.")
        .set("placement", Map::new().set("constraints", list([place])));
    map.set("networks", flow(["data"]))
        .set("stop_grace_period", "60s")
        .set("logging", super::compose::logging())
        .set("deploy", rollout(deploy, "stop-first"))
}

fn entry(blueprint: &Blueprint<'_>) -> Map {
    let port = |target: u16, published: u16| {
        Map::new()
            .set("target", target)
            .set("published", published)
            .comment("On the node itself: the ingress network needs IPVS, and hides who asks.")
            .set("mode", "host")
    };
    let secret = |source: &str, name: &str| {
        Map::new()
            .set("source", source)
            .set("target", format!("/etc/nginx/tls/{name}"))
            .set("uid", "101")
            .set("mode", 256)
    };
    let config = Map::new().set("source", ENTRY).set("target", "/etc/nginx/conf.d/default.conf");
    let test = ["CMD", "wget", "-q", "-T", "4", "-O", "/dev/null"].map(str::to_owned);
    let url = format!("http://127.0.0.1:{ENTRY_PORT}/healthz");
    let deploy = Map::new().set("endpoint_mode", "dnsrr").set("mode", "global");
    Map::new()
        .set("image", blueprint.pinned(&base::nginx()))
        .set("configs", list([config]))
        .set("secrets", list([secret("tls_certificate", "fullchain.pem"), secret("tls_key", "privkey.pem")]))
        .set("ports", list([port(ENTRY_PORT, 80), port(ENTRY_TLS_PORT, 443)]))
        .set("healthcheck", health(flow(test.into_iter().chain([url]))))
        .set("networks", flow(["edge"]))
        .set("stop_grace_period", "60s")
        .set("logging", super::compose::logging())
        .set("deploy", rollout(deploy, "stop-first"))
}
