//! `workflow/untested-deploy`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Job, Workflow, release};
use artifact::workflow::expression::{self, Expression};
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/untested-deploy",
        demands: "A deploy waits for the tests of its workflow, and does not happen when they fail.",
        advice: "name the job with the tests in the deploy's `needs`, and leave `always()` out of its condition",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let jobs = workflow.jobs().filter(|_| release::reaches_people(workflow));
    jobs.filter_map(|job| untested(workflow, job)).collect()
}

fn untested(workflow: &Workflow, job: Job<'_>) -> Option<Remark> {
    let deploy = release::deploys(job)?;
    let name = &job.key.text;
    let before = workflow.waits_for(job);
    if before.iter().any(|job| release::tests(*job)) && disregards(job) {
        let message =
            format!("`{name}` deploys also when the tests before it failed: its condition is `always()`");
        return Some(Remark::new(workflow.place(job.value.get("if")?.line), message));
    }
    let waits = release::tests(job) || before.iter().any(|job| release::may_test(*job));
    let tested = workflow.jobs().find(|other| !other.is(name) && release::tests(*other))?;
    let message = format!("`{name}` deploys without waiting for `{}`, which runs the tests", tested.key.text);
    (!waits).then(|| Remark::new(workflow.place(job.key.line), message).with(workflow.place(deploy.line)))
}

/// Whether a condition is true whatever the jobs before came to.
fn disregards(job: Job<'_>) -> bool {
    let Some(text) = job.value.get("if").and_then(Value::text) else { return false };
    let inside = expression::embedded(text).first().and_then(|each| each.inside).unwrap_or(text);
    let Ok(condition) = expression::read(inside) else { return false };
    let mut always = false;
    condition.descend(&mut |each| {
        always |=
            matches!(each, Expression::Call { function, .. } if function.eq_ignore_ascii_case("always"));
    });
    always && !condition.names().iter().any(|name| name.starts_with("needs."))
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    const RULE: &str = "workflow/untested-deploy";
    const TEST: &str = "on: push\njobs:\n  test:\n    steps:\n      - run: npm run test:unit\n  build:\n    needs: test\n    steps:\n      - run: npm run build\n";
    const DEPLOY: &str = "    steps:\n      - run: |\n          echo\n          npx vercel deploy --prod\n";

    #[test]
    fn a_deploy_after_the_tests_passes() {
        assert_eq!(lines(RULE, &format!("{TEST}  deploy:\n    needs: build\n{DEPLOY}")), [0; 0]);
        assert_eq!(lines(RULE, &format!("on: push\njobs:\n  deploy:\n{DEPLOY}")), [0; 0]);
        let asked = "    needs: build\n    if: always() && needs.build.result == 'success'\n";
        assert_eq!(lines(RULE, &format!("{TEST}  deploy:\n{asked}{DEPLOY}")), [0; 0]);
    }

    #[test]
    fn one_beside_them_or_in_spite_of_them_does_not() {
        assert_eq!(lines(RULE, &format!("{TEST}  deploy:\n{DEPLOY}")), [10]);
        assert_eq!(
            lines(RULE, &format!("{TEST}  deploy:\n    needs: build\n    if: ${{{{ always() }}}}\n{DEPLOY}")),
            [12]
        );
    }
}
