//! `workflow/excessive-permissions`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/excessive-permissions",
        demands: "A workflow says what its token may do. Without a word it may do what the repository's settings say, which can be \
                  everything, and whatever it installs has these rights too.",
        advice: "write `permissions: {contents: read}` at the top, and more only in the job that needs it",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let whole = |permissions: &Value| (permissions.text() == Some("write-all")).then_some(permissions.line);
    let above = workflow.root().get("permissions");
    let of_jobs = workflow.jobs().filter_map(|job| job.value.get("permissions"));
    let mut remarks: Vec<Remark> = above
        .into_iter()
        .chain(of_jobs)
        .filter_map(whole)
        .map(|line| Remark::new(workflow.place(line), "`write-all` lets every step change everything"))
        .collect();
    let silent = workflow.jobs().find(|job| job.value.get("permissions").is_none());
    // A workflow that others call has the rights that they give it.
    let called = workflow.events().iter().all(|(event, ..)| *event == "workflow_call");
    if let (None, Some(job), false) = (above, silent, called) {
        let message = format!("nothing says what the token of the job `{}` may do", job.key.text);
        remarks.push(Remark::new(workflow.place(job.key.line), message));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    const RULE: &str = "workflow/excessive-permissions";

    #[test]
    fn rights_at_the_top_or_in_every_job_pass() {
        assert_eq!(lines(RULE, "on: push\npermissions: {}\njobs:\n  a:\n    steps: []\n"), [0; 0]);
        assert_eq!(lines(RULE, "on: push\njobs:\n  a:\n    permissions: read-all\n"), [0; 0]);
        assert_eq!(lines(RULE, "on:\n  workflow_call:\njobs:\n  a:\n    steps: []\n"), [0; 0]);
    }

    #[test]
    fn a_job_without_a_word_or_with_everything_does_not() {
        assert_eq!(lines(RULE, "on: push\njobs:\n  a:\n    permissions: {}\n  b:\n    steps: []\n"), [5]);
        assert_eq!(
            lines(RULE, "on: push\npermissions: write-all\njobs:\n  a:\n    permissions: write-all\n"),
            [2, 5]
        );
    }
}
