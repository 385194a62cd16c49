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
mod jsonc;
mod launch;
mod merge;
mod name;
mod node;
mod path;
mod platform;
mod procfile;
mod proposal;
mod python;
mod repository;
mod shell;
mod static_site;

use host::Tree;
use model::facts::Facts;

/// Looks at a repository and tells what it holds. Never fails: what could not be read becomes a note.
pub fn scan(tree: &dyn Tree) -> Facts {
    let repository = repository::Repository::new(tree);
    let mut findings = findings::Findings::default();
    for detector in detector::DETECTORS {
        detector.detect(&repository, &mut findings);
    }
    merge::facts(&repository, findings)
}
