//! What Compose files add: the names that the author gives, ports, health checks, datastores and what uses them.

use super::read::{Service, health_path, services};
use crate::datastore::{StoreHint, of_image};
use crate::detector::Detector;
use crate::dockerfile::Dockerfile;
use crate::env::{Demand, EnvRead};
use crate::findings::Findings;
use crate::launch::{self, compose_identity, dockerfile_identity};
use crate::path;
use crate::proposal::{Claim, ServiceProposal, Source, Standing};
use crate::repository::Repository;
use crate::shell;
use model::facts::{HealthFact, Language, PortFact, ServiceKind};
use std::collections::BTreeMap;

/// Reads Compose files.
pub(crate) struct Compose;

impl Detector for Compose {
    fn detect(&self, repository: &Repository<'_>, findings: &mut Findings) {
        let services = services(repository);
        let stores: BTreeMap<(&str, &str), StoreHint> = services
            .iter()
            .filter_map(|service| {
                Some(((service.folder.as_str(), service.name.as_str()), store(repository, service)?))
            })
            .collect();
        for service in &services {
            let key = (service.folder.as_str(), service.name.as_str());
            match stores.get(&key) {
                Some(store) if !service.development => findings.datastores.push(store.clone()),
                Some(_) => {}
                None => findings.proposals.extend(proposal(repository, service, &services, &stores)),
            }
        }
    }
}

/// The datastore that a service is: by its image, or by the image that its Dockerfile starts from.
fn store(repository: &Repository<'_>, service: &Service) -> Option<StoreHint> {
    if let Some((image, place)) = &service.image
        && service.build.is_none()
    {
        let (kind, version) = of_image(image)?;
        return Some(StoreHint { kind, version, place: place.clone() });
    }
    let build = service.build.as_ref()?;
    let dockerfile = Dockerfile::read(repository, &build.dockerfile, Some(&build.context))?;
    let stage = dockerfile.stage(build.target.as_deref())?;
    let (kind, version) = of_image(&stage.image)?;
    Some(StoreHint { kind, version, place: dockerfile.place(stage) })
}

/// What a service that is built here says about a deployable.
fn proposal(
    repository: &Repository<'_>,
    service: &Service,
    all: &[Service],
    stores: &BTreeMap<(&str, &str), StoreHint>,
) -> Option<ServiceProposal> {
    let build = service.build.as_ref()?;
    let dockerfile = Dockerfile::read(repository, &build.dockerfile, Some(&build.context));
    let stage = dockerfile.as_ref().and_then(|file| file.stage(build.target.as_deref()));
    let folder = match (&dockerfile, stage) {
        (Some(dockerfile), Some(stage)) => dockerfile.folder(repository, stage),
        _ => build.context.clone(),
    };
    let mut proposal =
        ServiceProposal::new(Source::Compose, Standing::Supporting, folder, service.place.clone()?);
    proposal.name = Some(service.name.clone());
    proposal.targets.push(compose_identity(service));
    let alone = service.command.is_none() && service.entrypoint.is_none();
    if alone && build.target.is_none() {
        proposal.targets.push(dockerfile_identity(&build.dockerfile));
    }
    proposal.kind = kind(service);
    let launch = if alone { None } else { launch::of_compose(repository, service) };
    if let Some(run) = launch.as_ref().and_then(|launch| launch.runs.last())
        && let Some(script) = launch::script(repository, run)
    {
        proposal.targets.push(script);
        // A process that no code tells of. The command is the author's, and the file is there.
        if !service.development {
            proposal.standing = Standing::Alone;
            proposal.kind = proposal.kind.or(Some(ServiceKind::Worker));
            proposal.language = Some(Language::JavaScript);
            proposal.start = Some(Claim::likely(shell::line(&run.words)));
        }
    }
    if !alone || shares_build(service, all) {
        proposal.process = Some(service.name.clone());
    }
    let number = service.ports.first().copied();
    proposal.port = number.map(|number| Claim::likely(PortFact { number: Some(number), env: None }));
    // A worker may wait for another service's health; it has none of its own.
    if proposal.kind.is_none_or(|kind| kind == ServiceKind::Web) {
        let path = health_path(&service.healthcheck);
        proposal.health = path.map(|path| Claim::likely(HealthFact { path }));
    }
    let uses =
        service.depends_on.iter().filter_map(|name| stores.get(&(service.folder.as_str(), name.as_str())));
    proposal.uses = uses.cloned().collect();
    if repository.files_in(&proposal.folder).iter().all(|entry| !is_code(path::file_name(&entry.path))) {
        proposal.env = environment(service);
    }
    Some(proposal)
}

/// Whether another service is built from the same: then each is a process of it.
fn shares_build(service: &Service, all: &[Service]) -> bool {
    all.iter().any(|other| {
        other.name != service.name
            && other.build.is_some()
            && other.build == service.build
            && (other.command.is_none() && !other.ports.is_empty())
            && service.ports.is_empty()
    })
}

fn kind(service: &Service) -> Option<ServiceKind> {
    let name = service.name.to_ascii_lowercase();
    let is = |words: &[&str]| name.split(['-', '_', '.']).any(|word| words.contains(&word));
    if !service.ports.is_empty() {
        return Some(ServiceKind::Web);
    }
    if is(&["beat", "scheduler", "cron", "clock"]) {
        return Some(ServiceKind::Scheduler);
    }
    if is(&["migrate", "migration", "migrations", "prestart", "init", "seed"]) {
        return Some(ServiceKind::Job);
    }
    is(&["worker", "workers", "consumer", "queue", "celery", "celeryworker"]).then_some(ServiceKind::Worker)
}

fn is_code(name: &str) -> bool {
    [".py", ".js", ".ts", ".mjs"].iter().any(|end| name.ends_with(end))
        || matches!(name, "package.json" | "pyproject.toml")
}

/// Variables of a service whose code is in no language that is read.
fn environment(service: &Service) -> Vec<EnvRead> {
    let Some(place) = &service.place else { return Vec::new() };
    let reads = service.environment.iter().map(|(name, value)| {
        let default = value.clone().filter(|value| !value.contains('$'));
        let demand = if default.is_some() { Demand::Optional } else { Demand::Assumed };
        EnvRead { demand, default, ..EnvRead::new(name.clone(), place.clone()) }
    });
    reads.filter(|read| !read.name.is_empty()).collect()
}
