//! One service: what was detected, overruled by what the file says.

use super::Chosen;
use model::facts::{
    Confidence, DatastoreKind, Framework, HttpFact, MigrationTool, Phase, Runtime, ServiceFact, ServiceKind,
};
use model::id::{DatastoreName, ServiceName};
use model::manifest::file::ServiceFile;
use model::manifest::{BuildRecipe, Datastore, Limits, Migrations, RuntimeLine, Service, ServicePort};
use model::routing::HealthCheck;
use model::unit::{Millis, Port};
use std::collections::BTreeMap;

/// A service that only the file knows.
pub(super) fn undetected(name: &ServiceName, entry: &ServiceFile) -> ServiceFact {
    let path = entry.path.clone().unwrap_or_else(|| ".".into());
    ServiceFact {
        name: name.to_string(),
        path: path.clone(),
        kind: entry.kind.unwrap_or(if entry.port.is_some() { ServiceKind::Web } else { ServiceKind::Worker }),
        language: None,
        framework: None,
        package_manager: None,
        runtime: None,
        install_path: path,
        lockfile: None,
        install: None,
        build: None,
        start: None,
        output: None,
        port: None,
        health: None,
        migrations: None,
        env: Vec::new(),
        uses: Vec::new(),
        checks: Vec::new(),
        install_checks: None,
        dev: None,
        install_inputs: Vec::new(),
        errands: Vec::new(),
        imports: Vec::new(),
        http: HttpFact::default(),
        confidence: Confidence::Certain,
        evidence: Vec::new(),
    }
}

/// The complete service, but for its routes and its environment.
pub(super) fn complete(
    fact: &ServiceFact,
    file: &ServiceFile,
    datastores: &BTreeMap<DatastoreName, Datastore>,
) -> Service {
    let kind = file.kind.unwrap_or(fact.kind);
    let port = port(kind, fact, file);
    let start = file.start.clone().or_else(|| fact.start.clone());
    let start = match (&port, start) {
        (Some(port), Some(start)) if port.env.is_none() => Some(with_port_variable(&start, port.number)),
        (_, start) => start,
    };
    let uses = uses(fact, file, datastores);
    Service {
        kind,
        framework: fact.framework,
        path: fact.path.clone(),
        build: BuildRecipe {
            runtime: fact.runtime.as_ref().map(|runtime| match &file.runtime {
                Some(line) => {
                    RuntimeLine { name: runtime.name, version: Some(line.clone()), also: Vec::new() }
                }
                None => RuntimeLine {
                    name: runtime.name,
                    version: runtime.version.clone(),
                    also: runtime.also.clone(),
                },
            }),
            package_manager: fact.package_manager.as_ref().map(|manager| manager.name),
            install_path: fact.install_path.clone(),
            lockfile: fact.lockfile.clone(),
            install: file.install.clone().or_else(|| fact.install.clone()),
            command: file.build.clone().or_else(|| fact.build.clone()),
        },
        start,
        output: fact.output.clone(),
        health: port.is_some().then(|| health(fact, file)),
        port,
        routes: file.routes.clone().unwrap_or_default(),
        replicas: file.replicas.unwrap_or(1),
        limits: Limits { memory: file.memory, cpu_milli: file.cpu.map(milli) },
        grace: file.grace.unwrap_or(Millis::seconds(30)),
        env: BTreeMap::new(),
        migrations: migrations(fact, file, &uses, datastores),
        uses,
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn milli(cores: f64) -> u32 {
    (cores * 1000.0).clamp(1.0, f64::from(u32::MAX)) as u32
}

fn port(kind: ServiceKind, fact: &ServiceFact, file: &ServiceFile) -> Option<ServicePort> {
    match kind {
        ServiceKind::Worker | ServiceKind::Job | ServiceKind::Scheduler => None,
        ServiceKind::Web | ServiceKind::Static => {
            let number =
                file.port.or(fact.port.as_ref().and_then(|port| port.number).map(Port)).unwrap_or(Port(3000));
            let env = match kind {
                ServiceKind::Static => Some("PORT".to_owned()),
                _ => fact
                    .port
                    .as_ref()
                    .and_then(|port| port.env.clone())
                    .or_else(|| default_port_variable(fact)),
            };
            Some(ServicePort { number, env })
        }
    }
}

/// Frameworks whose server renders pages. It listens on `PORT` without the code of the service saying so.
const RENDERING: &[Framework] = &[
    Framework::NextJs,
    Framework::Nuxt,
    Framework::SvelteKit,
    Framework::Remix,
    Framework::ReactRouter,
    Framework::Astro,
    Framework::TanStackStart,
    Framework::SolidStart,
];

fn default_port_variable(fact: &ServiceFact) -> Option<String> {
    RENDERING.contains(&fact.framework?).then(|| "PORT".into())
}

/// `--port 8000` and `0.0.0.0:8000` become `--port $PORT`, so that two releases can run beside each other.
fn with_port_variable(start: &str, port: Port) -> String {
    let number = port.to_string();
    let words = start.split(' ').map(|word| {
        let ends_with_port = word
            .strip_suffix(number.as_str())
            .is_some_and(|before| before.is_empty() || before.ends_with([':', '=']));
        if ends_with_port { format!("{}$PORT", &word[..word.len() - number.len()]) } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn health(fact: &ServiceFact, file: &ServiceFile) -> HealthCheck {
    let path = file.health.clone().or_else(|| fact.health.as_ref().map(|health| health.path.clone()));
    HealthCheck {
        lenient: path.is_none(),
        path: path.unwrap_or_else(|| "/".into()),
        interval: Millis::seconds(2),
        timeout: Millis::seconds(3),
        rise: 2,
        fall: 3,
    }
}

fn uses(
    fact: &ServiceFact,
    file: &ServiceFile,
    datastores: &BTreeMap<DatastoreName, Datastore>,
) -> Vec<DatastoreName> {
    let detected = |datastore: &Datastore| fact.uses.contains(&datastore.kind);
    match &file.uses {
        Some(names) => names.clone(),
        None => datastores.iter().filter(|(_, d)| detected(d)).map(|(name, _)| name.clone()).collect(),
    }
}

fn migrations(
    fact: &ServiceFact,
    file: &ServiceFile,
    uses: &[DatastoreName],
    datastores: &BTreeMap<DatastoreName, Datastore>,
) -> Option<Migrations> {
    let relational = |name: &&DatastoreName| {
        datastores.get(*name).is_some_and(|datastore| {
            matches!(datastore.kind, DatastoreKind::Postgres | DatastoreKind::MySql | DatastoreKind::MariaDb)
        })
    };
    let datastore = uses.iter().find(relational)?.clone();
    let detected = fact.migrations.as_ref();
    let command = file.migrate.clone().or_else(|| detected?.command.clone())?;
    Some(Migrations {
        tool: detected.map_or(MigrationTool::Custom, |found| found.tool),
        path: detected.map_or_else(|| fact.path.clone(), |found| found.path.clone()),
        command,
        datastore,
    })
}

/// Gives path prefixes to the services that listen and have none from the file: the front end takes `/`, an API beside
/// one takes `/api`, a single service takes everything.
pub(super) fn give_routes(services: &mut BTreeMap<ServiceName, Service>, chosen: &Chosen<'_>) {
    let said = |name: &ServiceName| chosen.get(name).is_some_and(|(_, file)| file.routes.is_some());
    let open: Vec<ServiceName> = services
        .iter()
        .filter(|(name, service)| service.port.is_some() && !said(name))
        .map(|(name, _)| name.clone())
        .collect();
    let mut taken: Vec<String> = services.values().flat_map(|service| service.routes.clone()).collect();
    let mut order = open;
    order.sort_by_key(|name| (rank(name, &services[name]), name.clone()));
    let front = order.iter().any(|name| is_front_end(&services[name]));
    for name in order {
        let wanted = match (front, is_front_end(&services[&name])) {
            (true, true) | (false, false) => "/".to_owned(),
            _ => "/api".to_owned(),
        };
        let route = if taken.contains(&wanted) { format!("/{name}") } else { wanted };
        taken.push(route.clone());
        if let Some(service) = services.get_mut(&name) {
            service.routes = vec![route];
        }
    }
}

/// Which service has the better claim on a prefix: well-known names first.
fn rank(name: &ServiceName, service: &Service) -> u8 {
    let first = ["web", "frontend", "client", "app", "site", "api", "backend", "server"];
    match (service.kind, first.contains(&name.as_str())) {
        (ServiceKind::Web | ServiceKind::Static, true) => 0,
        _ => 1,
    }
}

/// A service whose pages people look at.
pub(super) fn is_front_end(service: &Service) -> bool {
    let renders = service.framework.is_some_and(|framework| RENDERING.contains(&framework));
    service.kind == ServiceKind::Static || (service.port.is_some() && renders)
}

/// What every Node service is given: the code rarely falls back to `production`.
pub(super) fn fixed_variables(fact: &ServiceFact) -> Option<(&'static str, &'static str, Phase)> {
    match fact.runtime.as_ref()?.name {
        Runtime::Node | Runtime::Bun | Runtime::Deno => Some(("NODE_ENV", "production", Phase::Run)),
        Runtime::Python => Some(("PYTHONUNBUFFERED", "1", Phase::Run)),
    }
}
