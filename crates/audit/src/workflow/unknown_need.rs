//! `workflow/unknown-need`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use crate::subject::workflow::expressions::Found;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/unknown-need",
        demands: "An expression reads results and outputs of jobs that its own job names in `needs`: of any other it reads nothing, without a \
                  word, also of those that are waited for by way of another.",
        advice: "add the job to `needs`, or correct its name",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    // An action is used by jobs of other files.
    if workflow.is_action() {
        return Vec::new();
    }
    let expressions = workflow.expressions();
    expressions.iter().flat_map(|found| unknown(workflow, found)).collect()
}

fn unknown(workflow: &Workflow, found: &Found<'_>) -> Vec<Remark> {
    let Some(job) = found.job else { return Vec::new() };
    let is_known = |name: &String| job.needs().any(|(need, _)| need.eq_ignore_ascii_case(name));
    let unknown = found.reads("needs").into_iter().filter(|name| !is_known(name));
    let message = |name| format!("`{}` does not wait for `{name}`, and reads nothing of it", job.key.text);
    unknown.map(|name| Remark::new(workflow.place(found.line), message(name))).collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    const GOOD: &str = "on: push\njobs:\n  a:\n    steps: []\n  b:\n    needs: [a]\n    if: needs.a.result == 'success' && !contains(needs.*.result, 'failure')\n    steps: []\n";

    #[test]
    fn jobs_that_are_waited_for_pass_and_others_do_not() {
        assert_eq!(lines("workflow/unknown-need", GOOD), [0; 0]);
        let bad = format!(
            "{GOOD}  c:\n    needs: b\n    env:\n      B: ${{{{ needs.b.outputs.x }}}}\n      A: ${{{{ needs.a.outputs.x }}}}\n"
        );
        assert_eq!(lines("workflow/unknown-need", &bad), [13]);
    }
}
