//! `workflow/incomplete-job`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Job, Workflow};
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/incomplete-job",
        demands: "A job says where it runs and what it does, or calls another workflow; a step runs a script or uses an action, and not \
                  both; in an action it names its shell. Else GitHub refuses the whole workflow.",
        advice: "add what is missing, or make two of what is too much",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let jobs = workflow.jobs().filter_map(|job| Some((job.key.line, wrong_with_job(job)?)));
    let steps = workflow
        .steps()
        .filter_map(|(_, step)| Some((step.line, wrong_with_step(workflow, step)?.to_owned())));
    jobs.chain(steps).map(|(line, message)| Remark::new(workflow.place(line), message)).collect()
}

fn wrong_with_job(job: Job<'_>) -> Option<String> {
    let has = |key| job.value.get(key).is_some();
    let name = &job.key.text;
    match (has("uses"), has("runs-on"), has("steps")) {
        (false, true, true) | (true, false, false) => None,
        (true, ..) => Some(format!(
            "the job `{name}` calls a workflow, and has {} besides",
            if has("steps") { "steps" } else { "`runs-on`" }
        )),
        (false, false, true) => {
            Some(format!("the job `{name}` does not say where it runs: `runs-on` is missing"))
        }
        (false, true, false) => Some(format!("the job `{name}` has no steps")),
        (false, false, false) => {
            Some(format!("the job `{name}` has neither steps nor a workflow that it calls"))
        }
    }
}

fn wrong_with_step(workflow: &Workflow, step: &Value) -> Option<&'static str> {
    let has = |key: &str| step.get(key).is_some();
    // Other kinds of steps have a key of their own.
    if ["wait", "wait-all", "cancel", "parallel"].iter().any(|key| has(key)) {
        return None;
    }
    match (has("run"), has("uses")) {
        (true, true) => Some("a step with both `run` and `uses`"),
        (false, false) => Some("a step with neither `run` nor `uses`"),
        (true, false) if workflow.is_action() && !has("shell") => {
            Some("a step of an action with `run` and without `shell`")
        }
        (true, false) | (false, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    const RULE: &str = "workflow/incomplete-job";
    const GOOD: &str = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: x\n      - uses: a/b@v1\n  b:\n    uses: ./.github/workflows/x.yml\n";

    #[test]
    fn complete_jobs_pass_and_others_do_not() {
        assert_eq!(lines(RULE, GOOD), [0; 0]);
        let bad = format!(
            "{GOOD}  c:\n    steps:\n      - name: x\n      - run: x\n        uses: a/b@v1\n  d:\n    runs-on: x\n    uses: ./a.yml\n  e:\n    name: x\n"
        );
        assert_eq!(lines(RULE, &bad), [10, 12, 13, 15, 18]);
    }
}
