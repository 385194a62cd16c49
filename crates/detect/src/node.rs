//! JavaScript and TypeScript.

mod build;
mod command;
mod emit;
mod entry;
mod env;
mod framework;
mod graph;
mod health;
mod manager;
mod migration;
mod package;
mod port;
mod prisma;
mod process;
mod project;
mod scope;
mod service;
mod site;
mod source;
mod store;
mod tsconfig;
mod version;
mod workspace;

use crate::detector::Detector;
use crate::findings::Findings;
use crate::repository::Repository;

/// Finds Node services.
pub(crate) struct Node;

impl Detector for Node {
    fn name(&self) -> &'static str {
        "node"
    }

    fn detect(&self, repository: &Repository<'_>, findings: &mut Findings) {
        if repository.named("package.json").is_empty() {
            return;
        }
        let scope = scope::Scope::new(repository);
        for package in &scope.packages {
            service::Services::new(&scope, package).propose(findings);
        }
    }
}
