//! What rules over Dockerfiles are tried on.

use crate::Rule;
use crate::subject::dockerfile::Dockerfile;

/// The lines of a Dockerfile of which a rule says something.
pub(super) fn lines(rule: &Rule<Dockerfile>, text: &str) -> Vec<u32> {
    beside(rule, "Dockerfile", text, &[])
}

/// The same of a file with a name, with others beside it.
pub(super) fn beside(rule: &Rule<Dockerfile>, path: &str, text: &str, others: &[&str]) -> Vec<u32> {
    let mut files = vec![(path, text)];
    files.extend(others.iter().map(|other| (*other, "")));
    let found = crate::fixture::found(rule.about.name, &files);
    found.iter().filter_map(|place| place.rsplit_once(':')?.1.parse().ok()).collect()
}
