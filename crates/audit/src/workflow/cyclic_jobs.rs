//! `workflow/cyclic-jobs`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Job, Workflow};
use model::finding::Severity;
use std::collections::BTreeSet;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/cyclic-jobs",
        demands: "No job waits for itself, be it by way of others: GitHub refuses the whole workflow.",
        advice: "take one of them out of the other's `needs`",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let mut said = BTreeSet::new();
    let mut remarks = Vec::new();
    for job in workflow.jobs() {
        let before = workflow.waits_for(job);
        let waits = before.iter().any(|other| other.is(&job.key.text));
        if waits && !said.contains(job.key.text.as_str()) {
            // The others of the circle are said with the first.
            let circle = before
                .iter()
                .filter(|other| workflow.waits_for(**other).iter().any(|again| again.is(&job.key.text)));
            said.extend(circle.map(|other| other.key.text.as_str()));
            remarks.push(waiting(workflow, job));
        }
    }
    remarks
}

fn waiting(workflow: &Workflow, job: Job<'_>) -> Remark {
    let line = job.needs().next().map_or(job.key.line, |(_, line)| line);
    Remark::new(workflow.place(line), format!("`{}` waits for itself", job.key.text))
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    #[test]
    fn a_line_passes_and_a_circle_does_not() {
        let good = "on: push\njobs:\n  a:\n    steps: []\n  b:\n    needs: a\n  c:\n    needs: [a, b]\n";
        assert_eq!(lines("workflow/cyclic-jobs", good), [0; 0]);
        let bad = format!(
            "{good}  d:\n    needs: [a, e]\n  e:\n    needs: f\n  f:\n    needs: d\n  g:\n    needs: g\n"
        );
        assert_eq!(lines("workflow/cyclic-jobs", &bad), [10, 16]);
    }
}
