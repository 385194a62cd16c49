//! JavaScript and TypeScript.

mod autoload;
mod build;
mod bundler;
mod check;
mod command;
mod dev;
mod emit;
mod entry;
mod env;
mod errand;
mod framework;
mod graph;
mod health;
mod http;
mod inputs;
mod manager;
mod migration;
mod package;
mod place;
mod port;
mod prisma;
mod process;
mod project;
mod route;
mod schema;
mod scope;
mod service;
mod settings;
mod site;
mod source;
mod store;
mod tsconfig;
mod version;
mod workspace;

use crate::detector::Detector;
use crate::findings::Findings;
use crate::repository::Repository;
use model::Place;

/// Finds Node services.
pub(crate) struct Node;

impl Detector for Node {
    fn detect(&self, repository: &Repository<'_>, findings: &mut Findings) {
        if repository.named("package.json").is_empty() {
            return;
        }
        // Sources are walked on this thread too; its own stack may be small.
        let found = std::thread::scope(|threads| {
            let work = || {
                let scope = scope::Scope::new(repository);
                let mut found = Findings::default();
                for package in &scope.packages {
                    service::Services::new(&scope, package).propose(&mut found);
                }
                found
            };
            let worker = std::thread::Builder::new().stack_size(graph::STACK).spawn_scoped(threads, work);
            worker.ok().and_then(|worker| worker.join().ok())
        });
        match found {
            Some(found) => {
                findings.proposals.extend(found.proposals);
                findings.notes.extend(found.notes);
            }
            None => {
                repository.note(Place::new("package.json", 1), "the JavaScript sources could not be read")
            }
        }
    }
}
