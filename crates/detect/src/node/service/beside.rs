//! Pages that share a package with a program.

use super::super::build::Build;
use super::super::command::{self, Program};
use super::super::entry::Launch;
use super::super::source::Module;
use super::Services;
use crate::proposal::ServiceProposal;
use model::facts::{Framework, Phase};

/// Scripts that build the pages and nothing else.
const PAGES: &[&str] = &["build:client", "build:web", "build:frontend", "build:ui"];

/// Scripts that build the program and nothing else.
const PROGRAM: &[&str] = &["build:server", "build:api", "build:backend"];

/// How the pages and the program are built where each is deployed on its own.
pub(super) struct Apart {
    /// The pages.
    pub(super) pages: Build,
    /// The program.
    pub(super) program: Build,
}

impl Services<'_, '_> {
    /// The builds of pages and program, when each has a script of its own and the program does not serve the pages.
    pub(super) fn apart(&self, launch: &Launch) -> Option<Apart> {
        let reached = self.scope.modules.reachable(launch.source.as_deref()?);
        if reached.iter().any(|module| serves_files(module)) {
            return None;
        }
        let part = |scripts: &[&str]| {
            let script = scripts.iter().find(|name| self.package.script(name).is_some())?;
            Some(Build::by_script(self.scope, self.package, script))
        };
        let program = part(PROGRAM)?.after_generating(self.scope, self.package);
        Some(Apart { pages: part(PAGES)?, program })
    }

    /// The framework of pages that are deployed beside the program, and how they are built if not as the package is. A
    /// program that the package starts for production serves the pages itself, unless they are apart.
    pub(super) fn pages_beside(
        &self,
        site: Option<Framework>,
        apart: Option<&Apart>,
    ) -> Option<(Framework, Option<Build>)> {
        let framework = site?;
        match apart {
            Some(apart) => Some((framework, Some(apart.pages.clone()))),
            None => (!self.starts_program()).then_some((framework, None)),
        }
    }

    /// Whether the package's own start script runs a program.
    fn starts_program(&self) -> bool {
        ["start:prod", "start:production", "production", "prod", "start"].iter().any(|name| {
            command::script(self.package, name).iter().any(|step| match step.program {
                Program::Node { .. }
                | Program::Direct { .. }
                | Program::Server { .. }
                | Program::Nest { .. } => true,
                Program::Development { .. }
                | Program::Files
                | Program::Build { .. }
                | Program::Migration
                | Program::Delegate
                | Program::Other { .. } => false,
            })
        })
    }
}

/// `express.static(…)`, `res.sendFile(…)`, `serveStatic(…)`, Vite as middleware, plugins for it.
fn serves_files(module: &Module) -> bool {
    const PLUGINS: &[&str] =
        &["vite", "vite-express", "serve-static", "sirv", "koa-static", "@fastify/static", "@fastify/vite"];
    module.sources.iter().any(|source| PLUGINS.contains(&source.as_str()))
        || module.calls.iter().any(|call| {
            matches!(call.method(), "static" | "sendFile" | "serveStatic" | "useStaticAssets" | "sirv")
        })
}

/// Takes from pages what only the program beside them has: datastores, migrations, variables that are read when it runs.
pub(super) fn leave_to_program(pages: &mut ServiceProposal) {
    pages.migrations = None;
    pages.uses.clear();
    pages.env.retain(|read| read.phase == Phase::Build);
}

/// Takes from a program what only the pages beside it have: variables that are fixed when they are built.
pub(super) fn leave_to_pages(program: &mut ServiceProposal) {
    program.env.retain(|read| read.phase != Phase::Build);
}
