//! `workflow/uploaded-credentials`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Job, Workflow, step};
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/uploaded-credentials",
        demands: "A job that uploads its whole folder does not leave the token of its checkout in `.git`: whoever downloads the \
                  artifact could push with it while the job runs.",
        advice: "set `persist-credentials: false` at the checkout, or upload only the folder that is needed",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    workflow.jobs().filter_map(|job| uploaded(workflow, job)).collect()
}

fn uploaded(workflow: &Workflow, job: Job<'_>) -> Option<Remark> {
    let checkout = job.steps().find(|step| keeps(step))?;
    let upload = job.steps().skip_while(|step| !std::ptr::eq(*step, checkout)).find_map(whole)?;
    let message = "the whole checkout is uploaded, with the token that stays in its `.git`";
    Some(Remark::new(workflow.place(upload.line), message).with(workflow.place(checkout.line)))
}

fn keeps(step: &Value) -> bool {
    let keeps = step::input(step, "persist-credentials").and_then(Value::text) != Some("false");
    step::action(step).as_deref() == Some("actions/checkout") && keeps
}

/// The path of an upload that is the whole folder, with what is hidden in it: newer versions leave that out by themselves.
fn whole(step: &Value) -> Option<&Value> {
    let hidden = step::input(step, "include-hidden-files").and_then(Value::text) == Some("true");
    let old = step::version(step).is_some_and(|version| matches!(version, "v1" | "v2" | "v3"));
    let path = step::input(step, "path")?;
    let folders =
        [".", "./", "*", "**", "./**", "${{ github.workspace }}", "${{github.workspace}}", ".git", ".git/"];
    let is_whole = path.text()?.lines().any(|line| folders.contains(&line.trim()));
    let uploads = step::action(step)? == "actions/upload-artifact";
    (uploads && is_whole && (hidden || old)).then_some(path)
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    const RULE: &str = "workflow/uploaded-credentials";

    #[test]
    fn a_part_or_a_checkout_without_its_token_passes() {
        let part = "      - uses: actions/checkout@v4\n      - uses: actions/upload-artifact@v4\n        with:\n          path: dist\n          include-hidden-files: true\n";
        assert_eq!(steps(RULE, "push", part), [0; 0]);
        let none = "      - uses: actions/checkout@v4\n        with: {persist-credentials: false}\n      - uses: actions/upload-artifact@v4\n        with: {path: ., include-hidden-files: true}\n";
        assert_eq!(steps(RULE, "push", none), [0; 0]);
    }

    #[test]
    fn the_whole_folder_does_not() {
        let bad = "      - uses: actions/checkout@v4\n      - uses: actions/upload-artifact@v4\n        with:\n          path: dist\n      - uses: actions/upload-artifact@v4\n        with:\n          include-hidden-files: true\n          path: |\n            ./\n";
        assert_eq!(steps(RULE, "push", bad), [9]);
    }
}
