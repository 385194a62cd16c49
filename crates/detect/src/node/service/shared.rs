//! Services out of applications that share one package.

use super::super::build::Build;
use super::super::entry::Launch;
use super::super::process::{self, Role};
use super::super::project::{Output, Project};
use super::super::{env, framework, health, http, port};
use super::Services;
use crate::path;
use crate::proposal::{Claim, ServiceProposal};
use model::facts::{HealthFact, Runtime, ServiceKind};

impl Services<'_, '_> {
    /// One of several applications that share this package.
    pub(super) fn of_project(&self, project: &Project) -> ServiceProposal {
        let up = path::between(&project.folder, &self.package.folder);
        let from_root = |target: &str| path::join_up(&project.folder, target);
        let command = format!("cd {up} && {}", self.installation.exec(&project.build));
        let build = Build { command: Some(command), steps: Vec::new() };
        let mut proposal = self.proposal(
            &build,
            self.scope.repository.place_of(&project.listed_in, &format!("\"{}\"", project.name)),
        );
        proposal.folder.clone_from(&project.folder);
        proposal.name = Some(project.name.clone());
        let reached =
            project.source.as_deref().map(|source| self.scope.modules.reachable(source)).unwrap_or_default();
        // What a schema reads, its client reads wherever it is used.
        proposal.env.retain(|read| read.place.path.ends_with(".prisma"));
        proposal.env.extend(env::of(&reached));
        let server = framework::server(self.package);
        proposal.dev = project.dev.as_ref().map(|dev| format!("cd {up} && {}", self.installation.exec(dev)));
        for check in &mut proposal.checks {
            check.command = format!("cd {up} && {}", check.command);
        }
        match &project.output {
            Output::Files(folder) => {
                proposal.kind = Some(ServiceKind::Static);
                proposal.framework = framework::site(self.package);
                proposal.output = Some(Claim::likely(from_root(folder)));
                proposal.migrations = None;
                proposal.uses.clear();
                env::all_at_build(&mut proposal.env);
            }
            Output::Program(file) => {
                let role = process::role(&reached).unwrap_or(Role::Web);
                proposal.kind = Some(role.kind());
                proposal.framework = role.framework(server, &reached);
                let launch = Launch {
                    start: Claim::certain(format!("node {}", from_root(file))),
                    targets: vec![file.clone()],
                    source: project.source.clone(),
                    runtime: Runtime::Node,
                    port: None,
                    needs_compiler: false,
                };
                self.fill_launch(&mut proposal, &launch);
                if role == Role::Web {
                    proposal.port =
                        port::of(&self.scope.modules, &reached).or_else(|| port::by_name(&reached));
                    proposal.http = http::of(&self.scope.modules, &reached);
                    let path = health::best(health::routes(&self.scope.modules, &reached));
                    proposal.health = path.map(|path| Claim::certain(HealthFact { path }));
                }
            }
        }
        proposal
    }
}
