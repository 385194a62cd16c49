//! What rules over Compose files are tried on.

use crate::Rule;
use crate::subject::compose::Stack;

/// The lines of a Compose file for production of which a rule says something.
pub(super) fn lines(rule: &Rule<Stack>, text: &str) -> Vec<u32> {
    crate::fixture::lines(rule.about.name, &[("docker-compose.prod.yml", text)])
}

/// Where a rule says something of files.
pub(super) fn places(rule: &Rule<Stack>, files: &[(&str, &str)]) -> Vec<String> {
    crate::fixture::found(rule.about.name, files)
}
