//! `workflow/interrupted-deploy`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Workflow, release};
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/interrupted-deploy",
        demands: "A deploy that works through steps on servers runs to its end: cancelled by the next push it leaves them in between, with a \
                  migration half done or the old version stopped already.",
        advice: "set `cancel-in-progress: false` for what deploys, and let the next one wait",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    if !release::reaches_people(workflow) {
        return Vec::new();
    }
    let cancels = |of: &'_ Value| {
        let (key, value) = of.get("concurrency")?.entry("cancel-in-progress")?;
        (value.truth() == Some(true)).then_some(key.line)
    };
    let above = cancels(workflow.root());
    let deploys = workflow
        .jobs()
        .filter_map(|job| Some((job, release::deploys(job).filter(|deploy| deploy.in_steps)?)));
    deploys
        .filter_map(|(job, deploy)| {
            let line = cancels(job.value).or(above)?;
            let message = format!("`{}` is cancelled in the middle of its deploy", job.key.text);
            Some(Remark::new(workflow.place(line), message).with(workflow.place(deploy.line)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    const RULE: &str = "workflow/interrupted-deploy";
    const GOOD: &str = "on: push\njobs:\n  site:\n    concurrency: {group: a, cancel-in-progress: true}\n    steps:\n      - run: npx wrangler deploy\n  a:\n    concurrency:\n      group: a\n      cancel-in-progress: false\n    steps:\n      - run: helm upgrade a b\n";

    #[test]
    fn a_deploy_that_waits_passes_and_one_that_is_cancelled_does_not() {
        assert_eq!(lines(RULE, GOOD), [0; 0]);
        let bad = format!(
            "{GOOD}  b:\n    concurrency:\n      group: a\n      cancel-in-progress: true\n    steps:\n      - run: helm upgrade a b\n"
        );
        assert_eq!(lines(RULE, &bad), [16]);
        let above = "on: push\nconcurrency:\n  group: x\n  cancel-in-progress: true\njobs:\n  a:\n    steps:\n      - uses: appleboy/ssh-action@v1\n        with:\n          script: docker compose up -d\n";
        assert_eq!(lines(RULE, above), [4]);
    }
}
