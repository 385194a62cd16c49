//! `workflow/repeated-step`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Job, Workflow};
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/repeated-step",
        demands: "The `id` of a step is its own within the job: with two of one id GitHub refuses the whole workflow. Case makes no \
                  difference.",
        advice: "give one of them another id, and use it where its outputs are read",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    workflow.parts().flat_map(|job| repeated(workflow, job)).collect()
}

fn repeated(workflow: &Workflow, job: Job<'_>) -> Vec<Remark> {
    let ids: Vec<(&Value, &str)> =
        job.steps().filter_map(|step| step.get("id")).filter_map(|id| Some((id, id.text()?))).collect();
    let again = ids.iter().enumerate().filter_map(|(at, (id, text))| {
        let (first, _) = ids[..at].iter().find(|(_, before)| before.eq_ignore_ascii_case(text))?;
        let message = format!("a step of `{}` has the id `{text}` already", job.key.text);
        Some(Remark::new(workflow.place(id.line), message).with(workflow.place(first.line)))
    });
    again.collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    #[test]
    fn own_ids_pass_and_repeated_ones_do_not() {
        let good = "      - id: a\n        run: x\n      - id: b\n        run: x\n";
        assert_eq!(steps("workflow/repeated-step", "push", good), [0; 0]);
        assert_eq!(
            steps("workflow/repeated-step", "push", &format!("{good}      - run: x\n        id: A\n")),
            [6]
        );
    }
}
