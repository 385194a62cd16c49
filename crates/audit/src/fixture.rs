//! What rules are tried on: a few files in memory.

use crate::Subjects;
use host::MemoryTree;

/// What a rule says of files, as `path:line` each.
pub(crate) fn found(rule: &str, files: &[(&str, &str)]) -> Vec<String> {
    let tree = MemoryTree::new("repository", files.iter().copied());
    let report = crate::check(&Subjects::read(&tree));
    let known = crate::rules().into_iter().flat_map(|(_, rules)| rules).any(|about| about.name == rule);
    assert!(known, "{rule} stands in no table");
    let places = report.findings.iter().filter(|finding| finding.rule == rule);
    places.filter_map(|finding| finding.place.as_ref()).map(ToString::to_string).collect()
}
