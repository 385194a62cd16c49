//! Facts and the manifest file → the complete manifest of one environment.
//!
//! The file wins over the facts wherever it speaks. A service of the file is tied to a detected one by its `path`, else by its name.

mod service;
mod wiring;

use model::facts::{Confidence, DatastoreFact, DatastoreKind, Facts, ServiceFact, ServiceKind};
use model::id::{DatastoreName, EnvironmentName, ProjectName, ServiceName};
use model::manifest::file::{
    DatastoreFile, DeployFile, EnvironmentFile, ManifestFile, ServiceFile, StrategyName,
};
use model::manifest::{
    Datastore, DeployPolicy, Environment, Manifest, Provider, Strategy, Target, WatchPolicy,
};
use model::routing::TlsFiles;
use model::unit::Port;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// Why there is no manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftError {
    /// Nothing deployable was found and the file names nothing.
    NoService,
    /// The file has environments, but not this one.
    UnknownEnvironment {
        /// The wanted one.
        wanted: EnvironmentName,
        /// Those of the file.
        known: Vec<EnvironmentName>,
    },
    /// A service of the file says nothing of how it starts, and nothing was detected for it.
    UnknownService(ServiceName),
}

impl std::fmt::Display for DraftError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoService => f.write_str("nothing deployable was found in this repository"),
            Self::UnknownEnvironment { wanted, known } => {
                let known: Vec<&str> = known.iter().map(EnvironmentName::as_str).collect();
                write!(f, "mainstay.toml has no environment `{wanted}`; it has {}", known.join(", "))
            }
            Self::UnknownService(name) => write!(
                f,
                "mainstay.toml names the service `{name}`, but nothing like it was found and it has no `start`"
            ),
        }
    }
}

impl std::error::Error for DraftError {}

/// The complete manifest of an environment.
///
/// # Errors
/// [`DraftError`] when nothing is deployable or the file names what cannot be.
pub fn draft(
    facts: &Facts,
    file: &ManifestFile,
    environment: &EnvironmentName,
) -> Result<Manifest, DraftError> {
    let environment_file = environment_of(file, environment)?;
    let chosen = choose(facts, file)?;
    if chosen.is_empty() {
        return Err(DraftError::NoService);
    }
    let datastores = datastores(facts, file, &chosen);
    let mut services: BTreeMap<_, _> = chosen
        .iter()
        .map(|(name, (fact, from_file))| (name.clone(), service::complete(fact, from_file, &datastores)))
        .collect();
    service::give_routes(&mut services, &chosen);
    for (name, (fact, from_file)) in &chosen {
        let here = wiring::Surroundings { name, services: &services, datastores: &datastores };
        let mut env = wiring::settings(fact, &here);
        wiring::overrule(&mut env, &from_file.env);
        if let Some(values) = environment_file.env.get(name) {
            wiring::overrule(&mut env, values);
        }
        let replicas = environment_file.replicas.get(name).copied();
        if let Some(service) = services.get_mut(name) {
            service.env = env;
            service.replicas = replicas.unwrap_or(service.replicas);
        }
    }
    Ok(Manifest {
        project: project_name(facts, file),
        environment: complete_environment(environment, &environment_file),
        services,
        datastores,
        deploy: policy(&file.deploy),
    })
}

/// The project's name: the file's, else the nearest valid one to the repository's.
pub fn project_name(facts: &Facts, file: &ManifestFile) -> ProjectName {
    let fallback = || ProjectName::nearest("project").expect("a valid name");
    file.name.clone().or_else(|| ProjectName::nearest(&facts.project.name)).unwrap_or_else(fallback)
}

type Chosen<'a> = BTreeMap<ServiceName, (ServiceFact, ServiceFile)>;

fn choose<'a>(facts: &Facts, file: &ManifestFile) -> Result<Chosen<'a>, DraftError> {
    let mut chosen = Chosen::new();
    let mut taken: Vec<&ServiceName> = Vec::new();
    for fact in &facts.services {
        let Some(detected) = ServiceName::nearest(&fact.name) else { continue };
        let entry = file.services.iter().find(|(name, entry)| match &entry.path {
            Some(path) => same_path(path, &fact.path) && (**name == detected || alone_at(facts, &fact.path)),
            None => **name == detected,
        });
        let (name, entry) = match entry {
            Some((name, entry)) => {
                taken.push(name);
                (name.clone(), entry.clone())
            }
            None if is_deployed_by_default(fact) => (detected, ServiceFile::default()),
            None => continue,
        };
        if entry.ignore != Some(true) {
            chosen.insert(name, (fact.clone(), entry));
        }
    }
    for (name, entry) in file.services.iter().filter(|(name, _)| !taken.contains(name)) {
        if entry.ignore == Some(true) {
            continue;
        }
        if entry.start.is_none() {
            return Err(DraftError::UnknownService(name.clone()));
        }
        chosen.insert(name.clone(), (service::undetected(name, entry), entry.clone()));
    }
    Ok(chosen)
}

fn is_deployed_by_default(fact: &ServiceFact) -> bool {
    let runnable = fact.start.is_some() || fact.kind == ServiceKind::Static;
    runnable && fact.confidence >= Confidence::Likely && fact.kind != ServiceKind::Job
}

fn same_path(a: &str, b: &str) -> bool {
    let plain = |path: &str| path.trim_start_matches("./").trim_end_matches('/').to_owned();
    let (a, b) = (plain(a), plain(b));
    a == b || (a.is_empty() && b == ".") || (a == "." && b.is_empty())
}

fn alone_at(facts: &Facts, path: &str) -> bool {
    facts.services.iter().filter(|service| same_path(&service.path, path)).count() == 1
}

fn datastores(facts: &Facts, file: &ManifestFile, chosen: &Chosen<'_>) -> BTreeMap<DatastoreName, Datastore> {
    let used = |kind: DatastoreKind| chosen.values().any(|(fact, _)| fact.uses.contains(&kind));
    let mut all: BTreeMap<DatastoreName, Datastore> = facts
        .datastores
        .iter()
        .filter(|fact| used(fact.kind) && fact.kind != DatastoreKind::Sqlite)
        .filter_map(|fact| Some((DatastoreName::nearest(fact.kind.as_str())?, detected_datastore(fact))))
        .collect();
    for (name, entry) in &file.datastores {
        let known = all.remove(name);
        all.extend(complete_datastore(name, entry, known).map(|datastore| (name.clone(), datastore)));
    }
    all
}

fn detected_datastore(fact: &DatastoreFact) -> Datastore {
    Datastore { kind: fact.kind, version: fact.version.clone(), provider: Provider::Embedded }
}

fn complete_datastore(
    name: &DatastoreName,
    entry: &DatastoreFile,
    known: Option<Datastore>,
) -> Option<Datastore> {
    let by_name = || DatastoreKind::ALL.iter().copied().find(|kind| kind.as_str() == name.as_str());
    let kind = entry.kind.or(known.as_ref().map(|known| known.kind)).or_else(by_name)?;
    let version = entry.version.clone().or_else(|| known.as_ref()?.version.clone());
    let provider =
        entry.provider.or(known.as_ref().map(|known| known.provider)).unwrap_or(Provider::Embedded);
    Some(Datastore { kind, version, provider })
}

fn environment_of(file: &ManifestFile, wanted: &EnvironmentName) -> Result<EnvironmentFile, DraftError> {
    if let Some(found) = file.environments.get(wanted) {
        return Ok(found.clone());
    }
    if file.environments.is_empty() {
        return Ok(EnvironmentFile::default());
    }
    Err(DraftError::UnknownEnvironment {
        wanted: wanted.clone(),
        known: file.environments.keys().cloned().collect(),
    })
}

fn complete_environment(name: &EnvironmentName, file: &EnvironmentFile) -> Environment {
    let tls = file.certificate.clone().zip(file.certificate_key.clone());
    let usual = tls.is_some() && file.port == Some(Port(443));
    Environment {
        name: name.clone(),
        target: file.target.unwrap_or(Target::Process),
        listen: file.listen.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        port: file.port,
        domains: file.domains.iter().flatten().map(|domain| domain.to_lowercase()).collect(),
        tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
        http_port: file.http_port.or(usual.then_some(Port(80))),
        registry: file.registry.clone(),
        publish: file.publish.unwrap_or_default(),
    }
}

fn policy(file: &DeployFile) -> DeployPolicy {
    let default = DeployPolicy::default();
    let watch = WatchPolicy {
        duration: file.watch.unwrap_or(default.watch.duration),
        error_percent: file.error_percent.unwrap_or(default.watch.error_percent),
        ..default.watch
    };
    let strategy = match file.strategy {
        None | Some(StrategyName::AllAtOnce) => Strategy::AllAtOnce,
        Some(StrategyName::Canary) => Strategy::Canary {
            steps: file.canary.clone().unwrap_or_else(|| vec![10, 50]),
            hold: file.hold.unwrap_or(watch.duration),
        },
        Some(StrategyName::BlueGreen) => Strategy::BlueGreen,
    };
    DeployPolicy {
        strategy,
        healthy: file.healthy.unwrap_or(default.healthy).max(1),
        start_timeout: file.start_timeout.unwrap_or(default.start_timeout),
        watch,
        drain: file.drain.unwrap_or(default.drain),
        keep: file.keep.unwrap_or(default.keep).max(2),
    }
}
