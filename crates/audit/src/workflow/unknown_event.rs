//! `workflow/unknown-event`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use crate::subject::workflow::expressions::shown;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/unknown-event",
        demands: "A workflow is started by an event that GitHub knows: with any other it is refused, and with none it never runs.",
        advice: "correct the spelling, as `pull_request` or `workflow_dispatch`, or say below `on` what starts it",
        severity: Severity::Warning,
    },
    check,
};

// What was known in the autumn of 2026; newer ones may exist, so that this is a warning.
const EVENTS: [&str; 38] = [
    "branch_protection_rule",
    "check_run",
    "check_suite",
    "create",
    "delete",
    "deployment",
    "deployment_status",
    "discussion",
    "discussion_comment",
    "fork",
    "gollum",
    "image_version",
    "issue_comment",
    "issues",
    "label",
    "member",
    "merge_group",
    "milestone",
    "page_build",
    "project",
    "project_card",
    "project_column",
    "public",
    "pull_request",
    "pull_request_comment",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_target",
    "push",
    "registry_package",
    "release",
    "repository_dispatch",
    "schedule",
    "status",
    "watch",
    "workflow_call",
    "workflow_dispatch",
    "workflow_run",
];

fn check(workflow: &Workflow) -> Vec<Remark> {
    let events = workflow.events();
    if workflow.is_action() {
        return Vec::new();
    }
    if events.is_empty() {
        let line = workflow.root().line;
        return vec![Remark::new(
            workflow.place(line),
            "nothing starts this workflow: `on` is missing or empty",
        )];
    }
    let unknown = events.iter().filter(|(event, ..)| !EVENTS.contains(event) && !event.contains("${{"));
    unknown
        .map(|(event, line, _)| {
            Remark::new(workflow.place(*line), format!("GitHub has no event `{}`", shown(event)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    const RULE: &str = "workflow/unknown-event";

    #[test]
    fn known_events_pass_and_others_do_not() {
        assert_eq!(lines(RULE, "on:\n  push:\n  pull_request:\n    branches: [main]\njobs: {}\n"), [0; 0]);
        assert_eq!(lines(RULE, "on: [push, workflow_dispatch]\njobs: {}\n"), [0; 0]);
        assert_eq!(lines(RULE, "on:\n  push:\n  pull-request:\njobs: {}\n"), [3]);
        assert_eq!(lines(RULE, "name: x\njobs: {}\n"), [1]);
    }
}
