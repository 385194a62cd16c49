//! What rules over Compose files are tried on.

use crate::Rule;
use crate::subject::compose::Stack;

/// The lines of a Compose file for production of which a rule says something.
pub(super) fn lines(rule: &Rule<Stack>, text: &str) -> Vec<u32> {
    let found = places(rule, &[("docker-compose.prod.yml", text)]);
    found.iter().filter_map(|place| place.rsplit_once(':')?.1.parse().ok()).collect()
}

/// Where a rule says something of files.
pub(super) fn places(rule: &Rule<Stack>, files: &[(&str, &str)]) -> Vec<String> {
    crate::fixture::found(rule.about.name, files)
}
