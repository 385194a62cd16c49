//! Python: projects, applications, workers and what they need.

mod app;
mod check;
mod conda;
mod dependency;
mod deployable;
mod development;
mod django;
mod dynaconf;
mod entry;
mod env;
mod envlib;
mod gunicorn;
mod http;
mod image;
mod index;
mod input;
mod manager;
mod marks;
mod migration;
mod module;
mod port;
mod program;
mod project;
mod queue;
mod requirement;
mod routes;
mod runtime;
mod script;
mod settings;
mod store;
mod version;
mod watch;
mod web;

use crate::detector::Detector;
use crate::findings::Findings;
use crate::launch;
use crate::path;
use crate::proposal::{Claim, ServiceProposal, Source, Standing};
use crate::repository::Repository;
use deployable::{Context, Deployable};
use index::Index;
use model::facts::{Framework, HealthFact, Language, PortFact, ServiceKind};
use program::Program;
use project::Project;
use routes::Routes;
use std::collections::BTreeSet;

/// Finds Python services. Commands expect the environment's `bin` folder on the path, so `uv run` and `poetry run` are left
/// out of them.
pub(crate) struct Python;

impl Detector for Python {
    fn detect(&self, repository: &Repository<'_>, findings: &mut Findings) {
        let index = Index::new(repository);
        if index.is_empty() {
            return;
        }
        let projects = project::projects(&index);
        let mut launches = launch::launches(repository);
        gunicorn::say_all(&index, &mut launches);
        launches.sort_by(|a, b| {
            (b.origin, a.development, &a.identity).cmp(&(a.origin, b.development, &b.identity))
        });
        let context = Context::new(&index, &projects, &launches);
        let services = services(&context);
        for service in &services {
            findings.proposals.push(proposal(&context, service, &services));
        }
    }
}

/// Every process, web services first.
fn services(context: &Context<'_>) -> Vec<Deployable> {
    let mut found: Vec<Deployable> =
        django::sites(context).iter().map(|site| django::service(context, site)).collect();
    found.extend(web::services(context));
    found.extend(queue::services(context));
    let launched = script::launched(context, &found);
    found.extend(launched);
    let unlaunched = script::unlaunched(context, &found);
    found.extend(unlaunched);
    name_processes(&mut found);
    found
}

/// One web service a folder is its main process; the others are told apart by their module.
fn name_processes(services: &mut [Deployable]) {
    let mut main = BTreeSet::new();
    for service in services {
        if service.process.is_none() && !main.insert(service.folder.clone()) {
            let stem = path::file_name(&service.file).trim_end_matches(".py");
            let stem = if matches!(stem, "main" | "app" | "__init__" | "__main__" | "wsgi" | "asgi") {
                path::file_name(path::parent(&service.file))
            } else {
                stem
            };
            service.process = Some(stem.to_owned());
        }
    }
}

/// The service that a project's migrations are told with: the one that applies them when it starts, else the first.
fn migrates(context: &Context<'_>, service: &Deployable, all: &[Deployable]) -> bool {
    let folder = |service: &Deployable| context.project(&service.file).map(|project| project.folder.as_str());
    let applies = |other: &Deployable| {
        let own = context.launches.iter().filter(|launch| other.launched.contains(&launch.identity));
        other.kind != ServiceKind::Job
            && own.flat_map(|launch| &launch.runs).any(|run| program::classify(run) == Program::Migrate)
    };
    let mut same = all.iter().filter(|other| folder(other) == folder(service));
    let first = same.clone().next();
    same.find(|other| applies(other)).or(first).is_some_and(|owner| std::ptr::eq(owner, service))
}

fn proposal(context: &Context<'_>, service: &Deployable, all: &[Deployable]) -> ServiceProposal {
    let repository = context.index.repository;
    let bare = project::bare(&service.folder);
    let project = context.project(&service.file).unwrap_or(&bare);
    let place = service.evidence[0].clone();
    let mut proposal = ServiceProposal::new(Source::Python, Standing::Deployable, &service.folder, place);
    proposal.evidence.clone_from(&service.evidence);
    proposal.evidence.extend(project.evidence.clone());
    proposal.kind = Some(service.kind);
    proposal.process.clone_from(&service.process);
    proposal.targets.clone_from(&service.launched);
    proposal.name = project.name.clone().filter(|_| project.folder == service.folder);
    proposal.language = Some(Language::Python);
    proposal.framework = service.framework;
    proposal.package_manager.clone_from(&project.manager);
    proposal.install_path = Some(project.install_path.clone());
    proposal.lockfile.clone_from(&project.lockfile);
    proposal.install.clone_from(&project.install);
    proposal.runtime = Some(runtime::of(repository, project, &service.folder, context.launches));
    proposal.build = service.build.clone().map(Claim::certain);
    proposal.start.clone_from(&service.start);
    let files = modules(context, service, project, all);
    proposal.env = env::reads(context.index, &service.folder, &files);
    proposal.env.extend(env::kept(entry::reads(context, service, project)));
    proposal.uses = store::hints(context, &service.folder, project, &files, &proposal.env);
    if service.kind == ServiceKind::Web {
        let port = port::of(context.index, service, all, &proposal.env);
        let told = service.start.as_ref().is_some_and(|start| start.value.contains("$PORT"));
        proposal.port = port
            .map(|port| if told { PortFact { env: Some("PORT".to_owned()), ..port } } else { port })
            .map(Claim::likely);
        let own = (service.framework == Some(Framework::Streamlit)).then(|| "/_stcore/health".to_owned());
        let routes = Routes::new(context.index, &service.folder);
        let path = own.or_else(|| routes.health());
        proposal.health = path.map(|path| Claim::certain(HealthFact { path }));
        proposal.http = http::of(&routes, service, &files);
    }
    if migrates(context, service, all) {
        proposal.migrations = migration::of(context, service, project);
    }
    let check::Checks { checks, install } = check::of(context, service, project);
    proposal.install_checks = install.filter(|command| project.install.as_ref() != Some(command));
    proposal.checks = checks;
    proposal.dev = watch::command(service);
    proposal.install_inputs = input::files(context.index, context.projects, project);
    proposal.confidence = service.confidence;
    proposal
}

/// The modules that belong to a service: those of its folder and project that are not another one's.
fn modules<'a>(
    context: &Context<'a>,
    service: &Deployable,
    project: &Project,
    all: &[Deployable],
) -> Vec<&'a str> {
    let others: Vec<&str> = context
        .projects
        .iter()
        .map(|other| other.folder.as_str())
        .chain(all.iter().map(|other| other.folder.as_str()))
        .filter(|other| {
            *other != service.folder
                && path::is_under(other, &service.folder)
                && !path::is_under(&service.file, other)
        })
        .collect();
    let mut files = context.index.under(&service.folder);
    files.retain(|file| !others.iter().any(|other| path::is_under(file, other)));
    // Packages of the same repository that the project depends on.
    for other in context.projects {
        let named = other
            .name
            .as_deref()
            .map(requirement::normal_name)
            .is_some_and(|name| project.dependencies.has(&name));
        if named && other.folder != project.folder {
            files.extend(context.index.under(&other.folder));
        }
    }
    files.sort_unstable();
    files.dedup();
    files
}
