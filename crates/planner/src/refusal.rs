//! What stands against a deploy, found before anything is changed, all at once.

use model::facts::{DatastoreKind, Runtime, ServiceKind};
use model::finding::{Finding, Severity};
use model::manifest::{Environment, Manifest, Provider, Service, Target};
use model::observed::Observed;
use model::unit::Bytes;

/// Below this much free space no release is built.
const LEAST_DISK: Bytes = Bytes(512 << 20);

fn error(rule: &str, message: String, advice: impl Into<String>) -> Finding {
    Finding::new(Severity::Error, rule, message, advice)
}

/// There is no repository to deploy.
pub fn no_source() -> Finding {
    error("deploy/source", "there is no repository here".into(), "run this in the project's folder")
}

/// Everything that stands against a deploy of this manifest in this world.
pub fn findings(manifest: &Manifest, observed: &Observed) -> Vec<Finding> {
    let mut found = unstartable(manifest, observed);
    same_project(observed, &mut found);
    found.extend(moved(manifest, observed));
    for (name, service) in &manifest.services {
        match manifest.environment.target {
            Target::Process => startable(name.as_str(), service, &mut found),
            // How it starts and where it listens is the image's own business.
            Target::Docker | Target::Swarm => {}
        }
    }
    entry(manifest, observed, &mut found);
    if observed.disk_free < LEAST_DISK {
        let message = format!("{} MB are free where releases are kept", observed.disk_free.0 >> 20);
        found.push(error(
            "deploy/disk",
            message,
            format!("free at least {LEAST_DISK}: `mainstay releases` shows what is kept"),
        ));
    }
    found
}

/// What keeps a built release from starting on this machine, as far as that can be told before.
pub fn unstartable(manifest: &Manifest, observed: &Observed) -> Vec<Finding> {
    let mut found = Vec::new();
    settings(observed, &mut found);
    match manifest.environment.target {
        Target::Process => {
            for (name, service) in &manifest.services {
                tools(name.as_str(), service, observed, &mut found);
            }
            datastores(manifest, observed, &mut found);
        }
        Target::Docker => images(manifest, &mut found),
        Target::Swarm => {
            images(manifest, &mut found);
            registry(manifest, observed, &mut found);
        }
    }
    found
}

/// A project does not move from one target to another by itself: two releases on two targets cannot take over from one
/// another, and data stays where it is.
pub fn moved(manifest: &Manifest, observed: &Observed) -> Option<Finding> {
    let scope = &observed.scope;
    let wanted = manifest.environment.target;
    if let Some(live) = &observed.live {
        let runs = live.release.manifest.environment.target;
        let message = format!("{scope} runs on `{runs}`, and `{wanted}` is wanted");
        let advice = format!(
            "run `mainstay down` first; or let it stay: target = \"{runs}\" in [environments.{}], or --target {runs}",
            scope.environment
        );
        return (runs != wanted).then(|| error("target/moved", message, advice));
    }
    let last = observed.releases.iter().filter(|view| view.turn > 0).max_by_key(|view| view.turn)?;
    let before = &last.release.manifest;
    let runs = before.environment.target;
    let embedded = before.datastores.iter().find(|(_, store)| store.provider == Provider::Embedded);
    let (name, _) = embedded.filter(|_| runs != wanted)?;
    let message = format!("the data of {name} is on `{runs}` and would not be there on `{wanted}`");
    let advice = format!(
        "give `{wanted}` an environment of its own: [environments.NAME] with target = \"{wanted}\", and `-e NAME`"
    );
    Some(error("target/data", message, advice))
}

/// Two repositories that have the same name would take each other's place.
fn same_project(observed: &Observed, found: &mut Vec<Finding>) {
    let Some(live) = &observed.live else { return };
    let (Some(ours), Some(theirs)) = (
        observed.source.as_ref().and_then(|source| source.origin.as_ref()),
        live.release.source.origin.as_ref(),
    ) else {
        return;
    };
    if ours != theirs {
        let message = format!("another repository runs on this machine as {}", observed.scope);
        let advice =
            "choose another `name` in mainstay.toml; if it is the same project, run `mainstay down` first";
        found.push(error("project/name", message, advice));
    }
}

fn settings(observed: &Observed, found: &mut Vec<Finding>) {
    found.extend(observed.setting_problems.iter().map(|problem| {
        let message = format!("{}: {} {}", problem.service, problem.name, problem.message);
        error("settings/value", message, &problem.advice).at(problem.place.clone())
    }));
}

fn startable(name: &str, service: &Service, found: &mut Vec<Finding>) {
    if service.kind == ServiceKind::Static {
        if service.output.is_none() {
            let advice = "say where its files are: `output` is found in the build's configuration";
            found.push(error("service/output", format!("{name} has no folder of built files"), advice));
        }
        return;
    }
    let Some(start) = &service.start else {
        let advice = format!("set `start` in [services.{name}] of mainstay.toml");
        found.push(error("service/start", format!("{name} has no start command"), advice));
        return;
    };
    let Some(port) = &service.port else { return };
    if port.env.is_none() && !start.contains("$PORT") {
        let message = format!(
            "{name} listens on the fixed port {}: two releases cannot run beside each other",
            port.number
        );
        let advice = format!("let it read PORT, or put $PORT into `start` of [services.{name}]");
        found.push(error("service/fixed-port", message, advice));
    }
}

fn tools(name: &str, service: &Service, observed: &Observed, found: &mut Vec<Finding>) {
    let Some(runtime) = &service.build.runtime else { return };
    let tool = tool_name(runtime.name);
    let Some(known) = observed.tools.get(tool) else { return };
    if known.path.is_none() {
        let message = format!("{name} needs {tool}, which is not installed");
        found.push(error("machine/runtime", message, install_advice(runtime.name)));
    }
}

/// The name under which a runtime is looked up in [`Observed::tools`].
pub const fn tool_name(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::Node => "node",
        Runtime::Bun => "bun",
        Runtime::Deno => "deno",
        Runtime::Python => "python3",
    }
}

const fn install_advice(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::Node => "on Debian and Ubuntu: apt-get install nodejs npm",
        Runtime::Python => "on Debian and Ubuntu: apt-get install python3 python3-venv",
        Runtime::Bun => "see https://bun.sh/docs/installation",
        Runtime::Deno => "see https://docs.deno.com/runtime/getting_started/installation",
    }
}

fn datastores(manifest: &Manifest, observed: &Observed, found: &mut Vec<Finding>) {
    for (name, store) in &manifest.datastores {
        if store.provider == Provider::External {
            continue;
        }
        let missing = |tool: &str| observed.tools.get(tool).is_some_and(|tool| tool.path.is_none());
        let (tool, package) = match store.kind {
            DatastoreKind::Postgres => ("postgres", "postgresql"),
            DatastoreKind::Redis => ("redis-server", "redis-server"),
            DatastoreKind::S3 => continue,
            other => {
                let advice =
                    format!("run it yourself and set provider = \"external\" in [datastores.{name}]");
                found.push(error(
                    "datastore/kind",
                    format!("{other} cannot be run beside the project here"),
                    advice,
                ));
                continue;
            }
        };
        if missing(tool) {
            let advice = format!(
                "on Debian and Ubuntu: apt-get install {package}; or set provider = \"external\" in [datastores.{name}]"
            );
            found.push(error(
                "machine/datastore",
                format!("{name} needs {tool}, which is not installed"),
                advice,
            ));
        }
    }
}

/// Datastores that there is no image of here.
fn images(manifest: &Manifest, found: &mut Vec<Finding>) {
    let embedded = manifest.datastores.iter().filter(|(_, store)| store.provider == Provider::Embedded);
    for (name, store) in embedded {
        if !matches!(store.kind, DatastoreKind::Postgres | DatastoreKind::Redis | DatastoreKind::S3) {
            let advice = format!("run it yourself and set provider = \"external\" in [datastores.{name}]");
            let message = format!(
                "{} cannot be run beside the project on `{}`",
                store.kind, manifest.environment.target
            );
            found.push(error("datastore/kind", message, advice));
        }
    }
}

/// Other machines cannot fetch an image that only this one has.
fn registry(manifest: &Manifest, observed: &Observed, found: &mut Vec<Finding>) {
    let Environment { name, registry, .. } = &manifest.environment;
    if observed.machines > 1 && registry.is_none() {
        let message = format!(
            "the swarm has {} nodes, and no registry from which they fetch images",
            observed.machines
        );
        let advice = format!("name one: registry = \"registry.example.com/team\" in [environments.{name}]");
        found.push(error("swarm/registry", message, advice));
    }
}

fn entry(manifest: &Manifest, observed: &Observed, found: &mut Vec<Finding>) {
    let environment = &manifest.environment;
    let given = &observed.addresses;
    for (port, ours, what, key) in [
        (environment.port, given.entry, "of the public entry", "port"),
        (environment.http_port, given.http, "of plain HTTP, which is redirected to HTTPS,", "http_port"),
    ] {
        let Some(port) = port.filter(|_| port != ours) else { continue };
        if let Some(owner) = observed.taken_ports.get(&port.0) {
            let message = format!("port {port} {what} is taken by {owner}");
            let advice = format!("stop it, or choose another `{key}` in [environments.{}]", environment.name);
            found.push(error("machine/port", message, advice));
        }
    }
}
