//! From a repository to facts: what can be deployed, how it is built and started, and what it needs.
//!
//! Every [`Detector`] runs over the same [`Repository`] and adds what it knows to [`Findings`]; none wins by being
//! first. [`merge`] then joins the proposals that are about one deployable and weighs what they claim. The result
//! depends on nothing but the files.

mod compose;
mod datastore;
mod detector;
mod dockerfile;
mod env;
mod findings;
mod github;
mod jsonc;
mod launch;
mod merge;
mod name;
mod node;
mod platform;
mod procfile;
mod proposal;
mod python;
mod registry;
mod repository;
mod static_site;

use artifact::shell;
use detector::Detector;
use host::Tree;
use model::facts::Facts;
use model::path;

/// Room for a detector's thread: parsers descend as deep as sources nest. As much as a main thread mostly has.
const STACK: usize = 8 << 20;

/// Looks at a repository and tells what it holds. Never fails: what could not be read becomes a note.
pub fn scan(tree: &dyn Tree) -> Facts {
    let repository = repository::Repository::new(tree);
    let found = std::thread::scope(|threads| {
        let repository = &repository;
        let start = |detector: &'static dyn Detector| {
            let thread = std::thread::Builder::new().stack_size(STACK);
            (detector, thread.spawn_scoped(threads, move || detect(detector, repository)))
        };
        let running: Vec<_> = detector::DETECTORS.iter().map(|detector| start(*detector)).collect();
        // In the order of the table, whoever was first.
        let mut found = findings::Findings::default();
        for (detector, thread) in running {
            found.extend(match thread {
                Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                Err(_) => detect(detector, repository),
            });
        }
        found
    });
    merge::facts(&repository, found)
}

fn detect(detector: &dyn Detector, repository: &repository::Repository<'_>) -> findings::Findings {
    let mut findings = findings::Findings::default();
    detector.detect(repository, &mut findings);
    findings
}
