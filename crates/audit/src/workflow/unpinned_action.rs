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

/// Who runs the workflow anyway: a tag of theirs brings in nobody else.
const GITHUB: [&str; 2] = ["actions", "github"];

fn check(workflow: &Workflow) -> Vec<Remark> {
    let steps = workflow.steps().filter_map(|(_, step)| step.get("uses"));
    let called = workflow.jobs().filter_map(|job| job.value.get("uses"));
    let unpinned = steps.chain(called).filter_map(unpinned);
    let remark =
        |(action, line)| Remark::new(workflow.place(line), format!("`{action}` can change without notice"));
    unpinned.map(remark).collect()
}

/// The action of somebody else, and its line, when no commit is named.
fn unpinned(uses: &Value) -> Option<(&str, u32)> {
    let text = uses.text()?;
    // What is in this repository changes with it; an image is another rule's.
    let own = text.starts_with("./") || text.starts_with("docker://");
    let owner = text.split('/').next().unwrap_or_default();
    if own || GITHUB.iter().any(|github| owner.eq_ignore_ascii_case(github)) {
        return None;
    }
    let reference = text.rsplit_once('@').map_or("", |(_, reference)| reference);
    let is_commit = reference.len() == 40 && reference.chars().all(|c| c.is_ascii_hexdigit());
    (!is_commit).then_some((text, uses.line))
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    const COMMIT: &str = "jobs:\n  a:\n    steps:\n      - uses: ./.github/actions/own\n      - uses: o/r@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5\n";

    fn places(text: &str) -> Vec<String> {
        found("workflow/unpinned-action", &[(".github/workflows/ci.yml", text)])
    }

    #[test]
    fn commits_own_actions_and_those_of_github_pass() {
        assert_eq!(places(COMMIT), [""; 0]);
        assert_eq!(places("jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v5\n"), [""; 0]);
    }

    #[test]
    fn a_tag_does_not() {
        assert_eq!(places("jobs:\n  a:\n    steps:\n      - uses: o/r@v5\n"), [".github/workflows/ci.yml:4"]);
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
