//! `workflow/unavailable-context`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use crate::subject::workflow::expressions::Found;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/unavailable-context",
        demands: "An expression reads only what is there at its place: with anything else, as a secret in a condition, GitHub refuses the \
                  whole workflow.",
        advice: "for a secret in a condition set a variable of the job to it and ask for that: `env: {TOKEN: ${{ secrets.TOKEN }}}` and `if: env.TOKEN != ''` at the step",
        severity: Severity::Error,
    },
    check,
};

/// What is there at a place.
/// Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability>
fn available(found: &Found<'_>) -> Option<&'static [&'static str]> {
    Some(match (found.job.is_some(), found.step.is_some(), &found.keys[..]) {
        (false, _, ["concurrency", ..]) => &["github", "inputs", "vars"],
        (false, _, ["env", ..]) => &["github", "secrets", "inputs", "vars"],
        (_, true, ["if"]) => {
            &["github", "needs", "strategy", "matrix", "job", "runner", "env", "vars", "steps", "inputs"]
        }
        (true, false, ["if"]) => &["github", "needs", "vars", "inputs"],
        (true, false, ["strategy", ..]) => &["github", "needs", "vars", "inputs"],
        (true, false, ["runs-on" | "name" | "concurrency", ..]) => {
            &["github", "needs", "strategy", "matrix", "vars", "inputs"]
        }
        (true, false, ["env", ..]) => &["github", "needs", "strategy", "matrix", "vars", "secrets", "inputs"],
        _ => return None,
    })
}

/// Contexts that exist somewhere; what is in none of them is another mistake.
const KNOWN: [&str; 12] = [
    "github", "env", "vars", "job", "jobs", "steps", "runner", "secrets", "strategy", "matrix", "needs",
    "inputs",
];

fn check(workflow: &Workflow) -> Vec<Remark> {
    let expressions = workflow.expressions();
    expressions.iter().filter_map(|found| misplaced(workflow, found)).collect()
}

fn misplaced(workflow: &Workflow, found: &Found<'_>) -> Option<Remark> {
    let available = available(found).filter(|_| !workflow.is_action())?;
    let names = found.read.as_ref().ok()?.names();
    let contexts = names.iter().filter_map(|name| name.split('.').next());
    let missing =
        contexts.into_iter().find(|context| KNOWN.contains(context) && !available.contains(context))?;
    let place = match (found.step, found.job) {
        (Some(_), _) => "of a step",
        (None, Some(_)) => "of a job",
        (None, None) => "of a workflow",
    };
    let key = found.keys.first().copied().unwrap_or_default();
    Some(Remark::new(workflow.place(found.line), format!("there is no `{missing}` in the `{key}` {place}")))
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::{lines, steps};

    const RULE: &str = "workflow/unavailable-context";

    #[test]
    fn what_is_there_passes() {
        let good = "      - if: env.A != '' && steps.a.outcome == 'success'\n        env:\n          B: ${{ secrets.B }}\n        run: x\n";
        assert_eq!(steps(RULE, "push", good), [0; 0]);
    }

    #[test]
    fn what_is_not_there_does_not() {
        let bad = "      - run: x\n      - if: ${{ secrets.A != '' }}\n        run: x\n";
        assert_eq!(steps(RULE, "push", bad), [2]);
        let job = "on: push\nenv:\n  A: ${{ env.B }}\njobs:\n  a:\n    if: env.A == 'x'\n    runs-on: ${{ matrix.os }}\n    env:\n      C: ${{ runner.temp }}\n";
        assert_eq!(lines(RULE, job), [3, 6, 9]);
    }
}
