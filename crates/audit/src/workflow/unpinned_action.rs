//! `workflow/unpinned-action`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/unpinned-action",
        demands: "An action of somebody else is named by the hash of a commit: a tag can be moved to code that takes your secrets.",
        advice: "name the commit and keep the version beside it: `uses: owner/name@<40 digits> # v1.2.3`",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let steps = workflow.steps().filter_map(|(_, step)| step.get("uses"));
    let called = workflow.jobs().filter_map(|job| job.value.get("uses"));
    steps.chain(called).filter_map(|uses| unpinned(workflow, uses)).collect()
}

fn unpinned(workflow: &Workflow, uses: &Value) -> Option<Remark> {
    let text = uses.text()?;
    // What is in this repository changes with it; an image is another rule's.
    if text.starts_with("./") || text.starts_with("docker://") {
        return None;
    }
    let reference = text.rsplit_once('@').map_or("", |(_, reference)| reference);
    let is_commit = reference.len() == 40 && reference.chars().all(|c| c.is_ascii_hexdigit());
    (!is_commit)
        .then(|| Remark::new(workflow.place(uses.line), format!("`{text}` can change without notice")))
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    const COMMIT: &str = "jobs:\n  a:\n    steps:\n      - uses: ./.github/actions/own\n      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5\n";

    fn places(text: &str) -> Vec<String> {
        found("workflow/unpinned-action", &[(".github/workflows/ci.yml", text)])
    }

    #[test]
    fn commits_and_own_actions_pass() {
        assert_eq!(places(COMMIT), [""; 0]);
    }

    #[test]
    fn a_tag_does_not() {
        assert_eq!(
            places("jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v5\n"),
            [".github/workflows/ci.yml:4"]
        );
        assert_eq!(
            places("jobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@main\n"),
            [".github/workflows/ci.yml:3"]
        );
    }

    #[test]
    fn nor_does_the_second_one() {
        let text = format!("{COMMIT}  b:\n    steps:\n      - run: x\n      - uses: o/r@main\n");
        assert_eq!(places(&text), [".github/workflows/ci.yml:9"]);
    }
}
