//! `workflow/ignored-tests`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Job, Workflow, expressions, release};
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/ignored-tests",
        demands: "Tests before a deploy can stop it: with `continue-on-error` or `|| true` they are run, fail, and the deploy happens all the \
                  same.",
        advice: "let the tests fail, and skip by name those that are known to be broken",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let deploys = workflow.jobs().filter(|job| release::deploys(*job).is_some());
    let mut remarks = Vec::new();
    for deploy in deploys {
        let mut before = workflow.waits_for(deploy);
        before.push(deploy);
        for job in before {
            remarks.extend(job.steps().filter_map(|step| ignored(workflow, deploy, job, step)));
        }
    }
    remarks
}

fn ignored(workflow: &Workflow, deploy: Job<'_>, job: Job<'_>, step: &Value) -> Option<Remark> {
    let line = release::test(step)?;
    let goes_on = |of: &Value| {
        let (key, value) = of.entry("continue-on-error")?;
        (value.truth() == Some(true)).then_some(key.line)
    };
    let written = expressions::lines(step.get("run")?).find(|(number, _)| *number == line)?.1;
    let or_true = ["|| true", "|| :", "|| exit 0"].iter().any(|end| written.trim_end().ends_with(end));
    let place = goes_on(step).or_else(|| goes_on(job.value)).or(or_true.then_some(line))?;
    let message = format!("`{}` deploys whatever comes of these tests", deploy.key.text);
    Some(Remark::new(workflow.place(place), message).with(workflow.place(line)))
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    const RULE: &str = "workflow/ignored-tests";
    const DEPLOY: &str = "  deploy:\n    needs: test\n    steps:\n      - run: kubectl apply -f a\n";

    fn test(step: &str) -> Vec<u32> {
        let head = "on: push\njobs:\n  test:\n    steps:\n      - run: npm ci || true\n";
        lines(RULE, &format!("{head}{step}{DEPLOY}"))
    }

    #[test]
    fn tests_that_can_fail_pass_and_others_do_not() {
        assert_eq!(test("      - run: npm test\n"), [0; 0]);
        assert_eq!(test("      - run: npm run lint\n        continue-on-error: true\n"), [0; 0]);
        assert_eq!(test("      - run: npm test\n        continue-on-error: true\n"), [7]);
        assert_eq!(test("      - run: |\n          echo\n          pytest -q || true\n"), [8]);
    }
}
