//! What an audit says.

use crate::subject::{self, Subjects};
use crate::{allow, compose, dockerfile, kubernetes, nginx, rule, system, workflow};
use model::finding::{Finding, Severity};
use rule::{About, Rule};
use serde::Serialize;

/// What the rules say of a repository.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What is to be changed, by file and line.
    pub findings: Vec<Finding>,
    /// How many files were looked at.
    pub files: usize,
    /// How many findings a comment let pass.
    pub allowed: usize,
}

impl Report {
    /// How many findings are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// Lets every rule look at every subject that it is about.
pub fn check(subjects: &Subjects) -> Report {
    let mut findings = subjects.problems.clone();
    findings.extend(all(dockerfile::RULES, &subjects.dockerfiles));
    findings.extend(compose::findings(&subjects.stacks));
    findings.extend(all(workflow::RULES, &subjects.workflows));
    findings.extend(all(workflow::TOGETHER, std::slice::from_ref(subjects)));
    findings.extend(all(nginx::RULES, &subjects.nginx));
    findings.extend(all(kubernetes::RULES, std::slice::from_ref(&subjects.kubernetes)));
    findings.extend(all(system::RULES, std::slice::from_ref(subjects)));
    // What is said twice would also pass twice.
    let (findings, allowed) = allow::apply(&subjects.allows, in_order(findings));
    Report { findings: in_order(findings), files: subjects.files, allowed }
}

/// By place, the worst first, and each once.
fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| (&a.place, b.severity, a).cmp(&(&b.place, a.severity, b)));
    findings.dedup();
    findings
}

fn all<S>(rules: &[Rule<S>], subjects: &[S]) -> Vec<Finding> {
    subjects.iter().flat_map(|subject| rules.iter().flat_map(move |rule| rule.findings(subject))).collect()
}

/// Every rule over files, in the order of [`rules`].
pub fn every_rule() -> impl Iterator<Item = &'static About> {
    rules().into_iter().flat_map(|(_, rules)| rules)
}

/// Every rule over files, by family, in the order in which they are documented.
pub fn rules() -> Vec<(&'static str, Vec<&'static About>)> {
    fn abouts<S>(rules: &'static [Rule<S>]) -> Vec<&'static About> {
        rules.iter().map(|rule| &rule.about).collect()
    }
    vec![
        ("Every file", vec![&subject::SYNTAX, &allow::NO_REASON, &allow::UNUSED]),
        ("Dockerfiles", abouts(dockerfile::RULES)),
        ("Compose files", abouts(compose::RULES)),
        ("Workflows of GitHub Actions", [abouts(workflow::RULES), abouts(workflow::TOGETHER)].concat()),
        ("nginx", abouts(nginx::RULES)),
        ("Kubernetes", abouts(kubernetes::RULES)),
        ("Across files", abouts(system::RULES)),
    ]
}
