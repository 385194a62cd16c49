//! `workflow/retired-action`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Workflow, step};
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/retired-action",
        demands: "A workflow uses actions that still work: the services behind these versions are switched off, and the step fails.",
        advice: "use the newest version of the action, at its commit",
        severity: Severity::Error,
    },
    check,
};

/// Versions whose service GitHub has switched off in 2025; what is off stays so.
/// Source: <https://github.blog/changelog/2024-04-16-deprecation-notice-v3-of-the-artifact-actions/> and
/// <https://github.blog/changelog/2024-12-05-notice-of-upcoming-releases-and-breaking-changes-for-github-actions/>
const RETIRED: [(&str, &[&str]); 6] = [
    ("actions/upload-artifact", &["v1", "v2", "v3"]),
    ("actions/download-artifact", &["v1", "v2", "v3"]),
    ("actions/cache", &["v1", "v2"]),
    ("actions/cache/save", &["v1", "v2"]),
    ("actions/cache/restore", &["v1", "v2"]),
    ("actions/upload-pages-artifact", &["v0", "v1", "v2"]),
];

fn check(workflow: &Workflow) -> Vec<Remark> {
    workflow
        .steps()
        .filter_map(|(_, step)| {
            let (action, version) = (step::action(step)?, step::version(step)?);
            let major = version.split('.').next()?;
            let (_, majors) = RETIRED.iter().find(|(known, _)| *known == action)?;
            let line = step.get("uses").map_or(step.line, |uses| uses.line);
            let message = format!("`{action}` at `{version}` is switched off, and fails");
            majors.contains(&major).then(|| Remark::new(workflow.place(line), message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    #[test]
    fn newer_ones_pass_and_retired_ones_do_not() {
        let good = "      - uses: actions/upload-artifact@v4\n      - uses: actions/cache@v3\n      - uses: own/cache@v1\n";
        assert_eq!(steps("workflow/retired-action", "push", good), [0; 0]);
        let bad = format!(
            "{good}      - name: x\n        uses: actions/upload-artifact@v3.1.2\n      - uses: actions/cache@v2\n"
        );
        assert_eq!(steps("workflow/retired-action", "push", &bad), [5, 6]);
    }
}
