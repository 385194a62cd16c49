//! What rules are tried on: a few files in memory.

use crate::Subjects;
use host::MemoryTree;
use model::Place;

/// What a rule says of files, as `path:line` each.
pub(crate) fn found(rule: &str, files: &[(&str, &str)]) -> Vec<String> {
    places(rule, files).iter().map(ToString::to_string).collect()
}

/// The lines at which it says something, whatever the file.
pub(crate) fn lines(rule: &str, files: &[(&str, &str)]) -> Vec<u32> {
    places(rule, files).iter().map(|place| place.line).collect()
}

fn places(rule: &str, files: &[(&str, &str)]) -> Vec<Place> {
    let tree = MemoryTree::new("repository", files.iter().copied());
    let report = crate::check(&Subjects::read(&tree));
    assert!(crate::every_rule().any(|about| about.name == rule), "{rule} stands in no table");
    let findings = report.findings.into_iter().filter(|finding| finding.rule == rule);
    findings.filter_map(|finding| finding.place).collect()
}
