//! `workflow/unknown-step`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use crate::subject::workflow::expressions::Found;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/unknown-step",
        demands: "An expression reads steps that have run before it in the same job: of any other it reads nothing, without a word.",
        advice: "correct the id, or give outputs of another job on by its `outputs` and `needs`",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let expressions = workflow.expressions();
    expressions.iter().flat_map(|found| unknown(workflow, found)).collect()
}

fn unknown(workflow: &Workflow, found: &Found<'_>) -> Vec<Remark> {
    let Some(job) = found.job else { return Vec::new() };
    // Outputs of the job and the address of its environment are read when all steps have run.
    let until = |step: &&Value| found.step.is_none_or(|here| !std::ptr::eq(*step, here));
    let id = |step: &Value| step.get("id").and_then(Value::text).map(str::to_ascii_lowercase);
    let before: Vec<String> = job.steps().take_while(until).filter_map(id).collect();
    let anywhere: Vec<String> = job.steps().filter_map(id).collect();
    let unknown = found.reads("steps").into_iter().filter(|id| !before.contains(id));
    let message = |id: &str| match anywhere.iter().any(|known| known == id) {
        true => format!("the step `{id}` has not run yet here"),
        false => format!("no step of `{}` has the id `{id}`", job.key.text),
    };
    unknown.map(|id| Remark::new(workflow.place(found.line), message(&id))).collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::{lines, steps};

    const RULE: &str = "workflow/unknown-step";

    #[test]
    fn steps_before_pass() {
        let good = "      - id: Build\n        run: x\n      - if: steps.build.outcome == 'success'\n        run: echo ${{ steps.build.outputs.a }} ${{ toJSON(steps) }}\n";
        assert_eq!(steps(RULE, "push", good), [0; 0]);
        let outputs = "on: push\njobs:\n  a:\n    outputs:\n      x: ${{ steps.late.outputs.x }}\n    steps:\n      - id: late\n        run: x\n";
        assert_eq!(lines(RULE, outputs), [0; 0]);
    }

    #[test]
    fn later_and_unknown_ones_do_not() {
        let bad = "      - id: a\n        run: echo ${{ steps.a.outputs.x }}\n      - run: |\n          echo ${{ steps.b.outputs.x }}\n          echo ${{ steps.c.outputs.x && steps.a.outputs.y }}\n      - id: b\n        run: x\n";
        assert_eq!(steps(RULE, "push", bad), [2, 4, 5]);
    }
}
