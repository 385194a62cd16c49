//! The services that the programs of a package are.

use super::super::build::Build;
use super::super::entry::Launch;
use super::super::process::{self, Role};
use super::super::source::Module;
use super::super::{dev, framework, health, http, port};
use super::Services;
use crate::findings::Findings;
use crate::proposal::{Claim, ServiceProposal};
use model::Place;
use model::facts::{Confidence, Framework, HealthFact, PortFact};
use std::sync::Arc;

/// A program with all that is known of it.
struct Server<'a> {
    launch: &'a Launch,
    role: Role,
    framework: Option<Framework>,
    /// The modules it loads.
    reached: Vec<Arc<Module>>,
}

impl Services<'_, '_> {
    /// Adds the main program of the package and those besides it.
    pub(super) fn propose_server(
        &self,
        launch: &Launch,
        build: &Build,
        process: Option<&str>,
        findings: &mut Findings,
    ) {
        let framework = framework::server(self.package);
        let reached = self.reached(launch);
        let role = match (process::main_role(self.package, &reached), framework) {
            (Some(role), _) => role,
            (None, Some(_)) => Role::Web,
            (None, None) if launch.source.is_none() && launch.targets.is_empty() => Role::Web,
            (None, None) => match self.unknown_role(launch) {
                Some(role) => role,
                None => return,
            },
        };
        let server = Server { launch, role, framework, reached };
        let mut main = self.of_server(&server, build, Place::new(self.package.path.clone(), 1));
        main.process = process.map(str::to_owned);
        main.dev = self.develop(dev::Running {
            process: None,
            source: launch.source.as_deref(),
            framework: main.framework,
        });
        self.propose_others(&server, build, findings);
        findings.proposals.push(main);
    }

    /// The programs besides the main one, each once.
    fn propose_others(&self, main: &Server<'_>, build: &Build, findings: &mut Findings) {
        let mut taken = main.launch.targets.clone();
        let others = process::others(self.scope, self.package, &self.emission(build), &main.reached);
        for other in others {
            if other.launch.targets.iter().any(|target| taken.contains(target)) {
                continue;
            }
            taken.extend(other.launch.targets.clone());
            let server = Server {
                launch: &other.launch,
                role: other.role,
                framework: main.framework,
                reached: self.reached(&other.launch),
            };
            let mut proposal = self.of_server(&server, build, other.place.clone());
            proposal.process = Some(other.name.clone());
            proposal.confidence = other.confidence;
            proposal.dev = self.develop(dev::Running {
                process: Some(&other.name),
                source: other.launch.source.as_deref(),
                framework: proposal.framework,
            });
            findings.proposals.push(proposal);
        }
    }

    fn reached(&self, launch: &Launch) -> Vec<Arc<Module>> {
        launch.source.as_deref().map(|source| self.scope.modules.reachable(source)).unwrap_or_default()
    }

    fn of_server(&self, server: &Server<'_>, build: &Build, evidence: Place) -> ServiceProposal {
        let Server { launch, role, framework, reached } = server;
        let mut proposal = self.proposal(build, evidence);
        proposal.framework = role.framework(*framework, reached);
        proposal.kind = Some(role.kind());
        self.fill_launch(&mut proposal, launch);
        let listens = reached.iter().any(|module| module.calls.iter().any(port::listens));
        if *role == Role::Web || listens {
            self.fill_answers(&mut proposal, server);
        }
        proposal
    }

    /// Where it listens, and what it answers there.
    fn fill_answers(&self, proposal: &mut ServiceProposal, server: &Server<'_>) {
        let modules = &self.scope.modules;
        let reached = if server.reached.is_empty() { &self.sources } else { &server.reached };
        let port = self.port(server, reached);
        let path = health::best(health::routes(modules, reached));
        // A worker is asked for its health where it can be told to listen; a port of its own choice is not for others.
        let told = port.as_ref().is_some_and(|claim| claim.value.env.is_some()) && path.is_some();
        if server.role == Role::Web || told {
            proposal.port = port;
            proposal.http = http::of(modules, reached);
            proposal.health = path.map(|path| Claim::certain(HealthFact { path }));
        }
    }

    fn port(&self, server: &Server<'_>, reached: &[Arc<Module>]) -> Option<Claim<PortFact>> {
        let mut port = port::of(&self.scope.modules, reached)
            .or_else(|| port::by_name(reached))
            .or_else(|| port::by_name(&self.sources));
        if server.framework == Some(Framework::AdonisJs) {
            let unset = || Claim::likely(PortFact { number: None, env: Some("PORT".to_owned()) });
            let mut claim = port.unwrap_or_else(unset);
            // What its own configuration falls back to.
            claim.value.number = claim.value.number.or(Some(3333));
            port = Some(claim);
        }
        // What Fastify's own command line falls back to.
        if server.framework == Some(Framework::Fastify) && server.launch.start.value.contains("fastify start")
        {
            let told = || PortFact { number: Some(3000), env: Some("PORT".to_owned()) };
            port = port.or_else(|| Some(Claim::certain(told())));
        }
        match server.launch.port {
            Some(number) => {
                let env = port.and_then(|claim| claim.value.env);
                Some(Claim::certain(PortFact { number: Some(number), env }))
            }
            None => port,
        }
    }

    /// A program that neither listens nor works off a queue: a job or a bot, unless the package is a library or a tool.
    fn unknown_role(&self, launch: &Launch) -> Option<Role> {
        let package = self.package;
        let published = package.get("/bin").is_some()
            || package.get("/exports").is_some()
            || package.get("/publishConfig").is_some();
        let starts = ["start", "start:prod"].iter().any(|name| package.script(name).is_some());
        (!published && starts && launch.source.is_some() && launch.start.confidence > Confidence::Maybe)
            .then_some(Role::Unknown)
    }
}
