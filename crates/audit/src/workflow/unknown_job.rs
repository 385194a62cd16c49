//! `workflow/unknown-job`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/unknown-job",
        demands: "A job waits for jobs of its own workflow: with one that is not there GitHub refuses the whole workflow.",
        advice: "name a job of this file, by its key and not by its `name`",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let known = |name: &str| workflow.jobs().any(|job| job.is(name));
    let needs = workflow.jobs().flat_map(|job| job.needs().map(move |(need, line)| (job, need, line)));
    needs
        .filter(|(_, need, _)| !known(need))
        .map(|(job, need, line)| {
            Remark::new(
                workflow.place(line),
                format!("`{}` waits for `{need}`, which is no job here", job.key.text),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    #[test]
    fn jobs_of_the_file_pass_and_others_do_not() {
        let good = "on: push\njobs:\n  a:\n    steps: []\n  b:\n    needs: a\n";
        assert_eq!(lines("workflow/unknown-job", good), [0; 0]);
        let bad = format!("{good}  c:\n    needs:\n      - a\n      - test\n");
        assert_eq!(lines("workflow/unknown-job", &bad), [10]);
    }
}
