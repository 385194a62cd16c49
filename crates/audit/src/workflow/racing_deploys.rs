//! `workflow/racing-deploys`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Workflow, release};
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/racing-deploys",
        demands: "Of two pushes in a row the later one stays: without `concurrency` their deploys run side by side, and whichever ends last is \
                  what people get.",
        advice: "give the job `concurrency: {group: deploy, cancel-in-progress: false}`",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    if !release::reaches_people(workflow) || workflow.root().get("concurrency").is_some() {
        return Vec::new();
    }
    let free = workflow.jobs().filter(|job| job.value.get("concurrency").is_none());
    free.filter_map(|job| Some((job, release::deploys(job)?)))
        .map(|(job, deploy)| {
            let message = format!("two runs of `{}` can deploy at the same time", job.key.text);
            Remark::new(workflow.place(job.key.line), message).with(workflow.place(deploy.line))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    const RULE: &str = "workflow/racing-deploys";
    const STEPS: &str =
        "    steps:\n      - run: kubectl apply --dry-run=server -f a\n      - run: kubectl apply -f a\n";

    #[test]
    fn deploys_in_order_pass_and_others_do_not() {
        let good = format!("on: push\njobs:\n  a:\n    concurrency: deploy\n{STEPS}");
        assert_eq!(lines(RULE, &good), [0; 0]);
        assert_eq!(lines(RULE, &format!("on: push\nconcurrency: x\njobs:\n  b:\n{STEPS}")), [0; 0]);
        assert_eq!(lines(RULE, &format!("{good}  b:\n{STEPS}")), [8]);
        assert_eq!(lines(RULE, &format!("on: pull_request\njobs:\n  b:\n{STEPS}")), [0; 0]);
        let cluster = "on: push\njobs:\n  b:\n    steps:\n      - uses: helm/kind-action@v1\n      - run: helm upgrade a b\n";
        assert_eq!(lines(RULE, cluster), [0; 0]);
        assert_eq!(
            lines(RULE, "on: push\njobs:\n  b:\n    steps:\n      - uses: cloudflare/wrangler-action@v3\n"),
            [3]
        );
    }
}
