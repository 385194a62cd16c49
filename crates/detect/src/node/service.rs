//! From a package to proposals of services.

mod assets;
mod beside;
mod server;
mod shared;

use super::build::Build;
use super::command::{self, Program};
use super::emit::Emission;
use super::entry::{DEVELOP, Launch, Launcher, START};
use super::manager::Installation;
use super::package::Package;
use super::process;
use super::project;
use super::scope::Scope;
use super::site::{self, Made, Site};
use super::source::Module;
use super::{
    check, dev, env, errand, framework, health, http, inputs, migration, port, prisma, store, version,
};
use crate::findings::Findings;
use crate::path;
use crate::proposal::{Claim, ServiceProposal, Source, Standing};
use model::Place;
use model::facts::{Confidence, Framework, HealthFact, Language, PortFact, Runtime, ServiceKind};
use std::sync::Arc;

/// Proposes the services of one package.
pub(crate) struct Services<'s, 'r> {
    scope: &'s Scope<'r>,
    package: &'s Package,
    installation: &'s Installation,
    sources: Vec<Arc<Module>>,
}

impl<'s, 'r> Services<'s, 'r> {
    /// Looks at a package.
    pub(crate) fn new(scope: &'s Scope<'r>, package: &'s Package) -> Self {
        Self { scope, package, installation: scope.installation(package), sources: scope.sources(package) }
    }

    /// Adds what it makes.
    pub(crate) fn propose(&self, findings: &mut Findings) {
        if framework::is_not_deployed(self.package) {
            return;
        }
        let projects = project::all(self.scope, self.package);
        if !projects.is_empty() {
            findings.proposals.extend(projects.iter().map(|project| self.of_project(project)));
            return;
        }
        let site = framework::site(self.package);
        let server = self.server(site);
        match (site, server) {
            (Some(Framework::Vite | Framework::CreateReactApp) | None, Some((launch, build))) => {
                let apart = self.apart(&launch);
                let pages = self.pages_beside(site, apart.as_ref());
                let name = apart.as_ref().map(|_| "client".to_owned());
                let build = apart.map_or(build, |apart| apart.program);
                let from = findings.proposals.len();
                let beside = pages
                    .is_some_and(|(framework, build)| self.propose_site(framework, build, true, findings));
                self.propose_server(&launch, &build, beside.then_some("server"), findings);
                if beside {
                    findings.proposals[from].process = name;
                    findings.proposals[from + 1..].iter_mut().for_each(beside::leave_to_pages);
                }
            }
            (Some(framework), _) => {
                if !self.propose_site(framework, None, false, findings) {
                    self.propose_assets(findings);
                }
            }
            (None, None) => self.propose_assets(findings),
        }
    }

    /// The program of the package, when it has one.
    fn server(&self, site: Option<Framework>) -> Option<(Launch, Build)> {
        let mut build = self.build();
        let emission = self.emission(&build);
        let launcher = Launcher { scope: self.scope, package: self.package, emission: &emission };
        // Pages have sources with the names of programs; only a server's framework makes them one.
        let may_serve = site.is_none() || framework::server(self.package).is_some();
        let runs = |source: &str| may_serve && process::role(&self.scope.modules.reachable(source)).is_some();
        let delegates = START.iter().any(|name| {
            command::script(self.package, name).iter().any(|step| step.program == Program::Delegate)
        });
        let mut launch = launcher
            .by_scripts(START, DEVELOP)
            .filter(|launch| {
                launch.start.confidence > Confidence::Maybe || launch.source.is_some() || !delegates
            })
            .or_else(|| launcher.by_convention(runs))?;
        // What lies in a package of its own is started from there.
        let nested = self.scope.nested(self.package);
        if launch.targets.iter().any(|target| nested.iter().any(|folder| path::is_under(target, folder))) {
            return None;
        }
        if launch.needs_compiler && build.command.as_deref().is_none_or(|command| !command.contains("tsc")) {
            build = self.compiled(build);
            let emission = self.emission(&build);
            let launcher = Launcher { scope: self.scope, package: self.package, emission: &emission };
            launch = launcher.by_scripts(START, DEVELOP).or_else(|| launcher.by_convention(runs))?;
        }
        Some((launch, build))
    }

    fn build(&self) -> Build {
        let nest =
            self.package.has("@nestjs/cli") && self.scope.repository.has(&self.package.at("nest-cli.json"));
        let build = Build::of(self.scope, self.package, nest.then_some("nest build"));
        if !build.steps.is_empty() {
            return build;
        }
        // `start` builds by itself.
        let inline = START.iter().chain(&["prestart"]).find_map(|name| {
            let steps = command::script(self.package, name);
            let builds: Vec<_> =
                steps.into_iter().filter(|step| matches!(step.program, Program::Build { .. })).collect();
            (!builds.is_empty()).then_some(builds)
        });
        match inline {
            Some(steps) => {
                let commands = steps.iter().filter_map(|step| match &step.program {
                    Program::Build { words } => Some(self.installation.exec(&crate::shell::line(words))),
                    _ => None,
                });
                let commands: Vec<String> = build.command.into_iter().chain(commands).collect();
                Build { command: Some(commands.join(" && ")), steps }
            }
            None => build,
        }
    }

    /// With the compiler in front, since nothing else turns the sources into what Node runs.
    fn compiled(&self, build: Build) -> Build {
        let command = self.installation.exec("tsc");
        let mut steps = build.steps;
        steps.extend(command::line(self.package, "tsc"));
        Build {
            command: Some(
                build.command.map_or_else(|| command.clone(), |first| format!("{first} && {command}")),
            ),
            steps,
        }
    }

    fn emission(&self, build: &Build) -> Emission {
        let imported = self.imported_from_outside();
        Emission::of(self.scope.repository, self.package, &build.steps, &imported)
    }

    /// JSON and sources that the package's sources import from above their own folder: who imports, and what.
    fn imported_from_outside(&self) -> Vec<(String, String)> {
        let src = self.package.at("src");
        let own = self.sources.iter().filter(|module| path::is_under(&module.path, &self.package.folder));
        let imports = own.flat_map(|module| module.sources.iter().map(move |source| (module, source)));
        imports
            .filter(|(_, source)| source.starts_with(".."))
            .map(|(module, source)| (&module.path, path::join(path::parent(&module.path), source)))
            .filter(|(importer, target)| !(path::is_under(importer, &src) && path::is_under(target, &src)))
            .filter_map(|(importer, target)| {
                let file = if target.ends_with(".json") {
                    Some(target).filter(|target| self.scope.repository.has(target))
                } else {
                    self.scope.modules.file(&target)
                };
                Some((importer.clone(), file?))
            })
            .collect()
    }

    /// Adds the pages of a package, built by `build` if not as the package is; false when it makes none.
    fn propose_site(
        &self,
        framework: Framework,
        build: Option<Build>,
        beside: bool,
        findings: &mut Findings,
    ) -> bool {
        let build =
            build.unwrap_or_else(|| Build::of(self.scope, self.package, site::build_command(framework)));
        let site = Site { scope: self.scope, package: self.package, framework, build: &build };
        let made = site.made();
        if matches!(made, Made::Nothing) || !self.is_site(framework) || self.fills_server(&made) {
            return false;
        }
        let mut proposal =
            self.proposal(&build, self.package.place_of(self.scope.repository, dependency_of(framework)));
        proposal.framework = Some(framework);
        proposal.dev = self.develop(dev::Running { framework: Some(framework), ..dev::Running::default() });
        let routes = health::file_routes(self.scope.repository, &self.package.folder);
        match made {
            Made::Files(output) => {
                proposal.kind = Some(ServiceKind::Static);
                proposal.output = Some(output);
                if beside {
                    beside::leave_to_program(&mut proposal);
                }
                env::all_at_build(&mut proposal.env);
            }
            Made::Server(launch, default) => {
                proposal.kind = Some(ServiceKind::Web);
                let source = launch.source.clone();
                self.fill_launch(&mut proposal, &launch);
                let reached = source.map(|source| self.scope.modules.reachable(&source)).unwrap_or_default();
                let found = port::of(&self.scope.modules, &reached).map(|claim| claim.value);
                proposal.http = http::of_site(&self.scope.modules, &reached, &self.sources);
                let number = launch.port.or(found.as_ref().and_then(|port| port.number)).unwrap_or(default);
                let env = found.and_then(|port| port.env).unwrap_or_else(|| "PORT".to_owned());
                proposal.port = Some(Claim::certain(PortFact { number: Some(number), env: Some(env) }));
            }
            Made::Foreign(reason) => {
                proposal.kind = Some(ServiceKind::Web);
                proposal.confidence = Confidence::Maybe;
                findings.note(Place::new(self.package.path.clone(), 1), reason);
            }
            Made::Nothing => return false,
        }
        let path = health::best(routes.into_iter().chain(health::routes(&self.scope.modules, &self.sources)));
        if proposal.kind == Some(ServiceKind::Web) {
            proposal.health = path.map(|path| Claim::certain(HealthFact { path }));
        }
        findings.proposals.push(proposal);
        true
    }

    /// Whether a package that depends on a framework is a site of it, rather than a library for such sites.
    fn is_site(&self, framework: Framework) -> bool {
        let has = |names: &[&str]| {
            names.iter().any(|name| self.scope.repository.has_folder(&self.package.at(name)))
        };
        let config = |stem: &str| {
            ["js", "ts", "mjs", "cjs", "mts"]
                .iter()
                .any(|end| self.scope.repository.has(&self.package.at(&format!("{stem}.{end}"))))
        };
        match framework {
            Framework::NextJs => has(&["app", "pages", "src/app", "src/pages"]) || config("next.config"),
            Framework::Docusaurus => config("docusaurus.config"),
            Framework::Astro => config("astro.config") || has(&["src/pages"]),
            _ => true,
        }
    }

    /// What runs something of the package for development.
    fn develop(&self, running: dev::Running<'_>) -> Option<String> {
        dev::of(self.scope, self.package, running)
    }

    fn fill_launch(&self, proposal: &mut ServiceProposal, launch: &Launch) {
        proposal.start = Some(launch.start.clone());
        proposal.targets.extend(launch.targets.iter().cloned());
        if launch.runtime == Runtime::Bun {
            proposal.runtime = Some(Claim::certain(self.installation.bun()));
        }
        proposal.evidence.extend(launch.source.iter().map(|source| Place::new(source.clone(), 1)));
        let typescript = launch.source.as_deref().is_some_and(super::entry::is_typescript);
        if launch.source.is_some() {
            proposal.language = Some(if typescript { Language::TypeScript } else { Language::JavaScript });
        }
    }

    /// What all services of the package have in common.
    fn proposal(&self, build: &Build, evidence: Place) -> ServiceProposal {
        let repository = self.scope.repository;
        let mut proposal =
            ServiceProposal::new(Source::Node, Standing::Deployable, self.package.folder.clone(), evidence);
        proposal.name = self.package.name().map(str::to_owned);
        proposal.language = Some(self.language());
        proposal.package_manager = Some(self.installation.fact());
        proposal.install_path = Some(self.installation.folder.clone());
        proposal.lockfile = self.installation.lockfile.clone();
        proposal.install = Some(self.installation.install().to_owned());
        proposal.runtime = version::of(repository, self.package, self.scope.root(self.package));
        proposal.build = build.command.clone().map(Claim::certain);
        proposal.confidence =
            if self.installation.lockfile.is_some() { Confidence::Certain } else { Confidence::Likely };
        proposal.migrations = migration::of(self.scope, self.package);
        proposal.env = env::of(&self.sources);
        proposal.checks = check::of(self.scope, self.package);
        proposal.install_inputs = inputs::of(self.scope, self.package, self.installation);
        proposal.errands = errand::of(self.package, build.command.as_deref());
        let imported = self.imported_from_outside().into_iter().map(|(_, file)| file);
        proposal.imports = imported.filter(|file| !path::is_under(file, &self.package.folder)).collect();
        let owners = || std::iter::once(self.package).chain(self.scope.linked(self.package));
        proposal.uses = owners().flat_map(|owner| store::of(repository, owner)).collect();
        let mut schemas: Vec<_> = owners().filter_map(|owner| prisma::schema(repository, owner)).collect();
        if schemas.is_empty() {
            schemas.extend(prisma::borrowed(self.scope, self.package));
        }
        for schema in schemas {
            let (stores, reads) = prisma::read(repository, &schema);
            proposal.uses.extend(stores);
            proposal.env.extend(reads);
        }
        proposal
    }

    fn language(&self) -> Language {
        let typed = self.scope.has_tsconfig(self.package) || self.package.has("typescript");
        let own = self.scope.repository.under(&self.package.folder);
        let nested = self.scope.nested(self.package);
        let typescript = own.iter().any(|entry| {
            super::entry::is_typescript(&entry.path)
                && !entry.path.ends_with(".d.ts")
                && !entry.path.contains(".config.")
                && !nested.iter().any(|folder| path::is_under(&entry.path, folder))
        });
        if typed && typescript { Language::TypeScript } else { Language::JavaScript }
    }
}

/// The dependency that proves a framework.
fn dependency_of(framework: Framework) -> &'static str {
    match framework {
        Framework::NextJs => "next",
        Framework::CreateReactApp => "react-scripts",
        Framework::SvelteKit => "@sveltejs/kit",
        Framework::Angular => "@angular/core",
        Framework::Docusaurus => "@docusaurus/core",
        Framework::VueCli => "@vue/cli-service",
        Framework::ReactRouter => "@react-router/dev",
        Framework::Eleventy => "@11ty/eleventy",
        Framework::SolidStart => "@solidjs/start",
        other => other.as_str(),
    }
}
