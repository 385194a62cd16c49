//! `workflow/untrusted-checkout`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Job, Workflow, step};
use artifact::workflow::expression;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/untrusted-checkout",
        demands: "A workflow that has the rights of this repository does not run the code of a pull request: `pull_request_target`, \
                  `workflow_run` and comments start it with all secrets, whoever sent the code.",
        advice: "run code of pull requests in a workflow of `pull_request`, which has no secrets, and leave here only what reads its results",
        severity: Severity::Error,
    },
    check,
};

/// Events of outsiders that start a workflow with the repository's own rights.
const PRIVILEGED: [&str; 3] = ["pull_request_target", "workflow_run", "issue_comment"];

/// Parts of contexts that name the code of a pull request.
const HEADS: [&str; 8] = [
    "github.head_ref",
    "github.event.pull_request.head.",
    "github.event.pull_request.merge_commit_sha",
    "github.event.pull_request.number",
    "github.event.number",
    "github.event.issue.number",
    "github.event.workflow_run.head_",
    "github.event.workflow_run.pull_requests.",
];

fn check(workflow: &Workflow) -> Vec<Remark> {
    let events = workflow.events();
    let Some((event, line, _)) = events.iter().find(|(event, ..)| PRIVILEGED.contains(event)) else {
        return Vec::new();
    };
    let open = workflow.jobs().filter(|job| !guarded(workflow, *job));
    let jobs = open.filter_map(|job| {
        let (checkout, head) = job.steps().find_map(|step| Some((step, head(workflow, job, step)?)))?;
        if job.steps().take_while(|step| !std::ptr::eq(*step, checkout)).any(asks) {
            return None;
        }
        let runs =
            job.steps().skip_while(|step| !std::ptr::eq(*step, checkout)).skip(1).find(|step| runs(step))?;
        let message =
            format!("`{event}` gives this job the repository's rights, and it runs what `{head}` names");
        let place = workflow.place(checkout.get("uses").map_or(checkout.line, |uses| uses.line));
        Some(Remark::new(place, message).with(workflow.place(*line)).with(workflow.place(runs.line)))
    });
    jobs.collect()
}

/// The expression by which a step checks out the code of somebody else.
fn head(workflow: &Workflow, job: Job<'_>, step: &Value) -> Option<String> {
    if step::action(step)? != "actions/checkout" {
        return None;
    }
    let text = |name| step::input(step, name).and_then(Value::text);
    let named = [text("ref"), text("repository")].into_iter().flatten();
    let inside = named.flat_map(expression::embedded).filter_map(|each| each.inside);
    inside.filter_map(|inside| expression::read(inside).ok()).find_map(|read| {
        let names = read.names().into_iter().flat_map(|name| through(workflow, job, step, name));
        names.into_iter().find(|name| HEADS.iter().any(|head| name.starts_with(head)))
    })
}

/// What a variable is made of; else the name itself.
fn through(workflow: &Workflow, job: Job<'_>, step: &Value, name: String) -> Vec<String> {
    let variable = name.strip_prefix("env.").and_then(|name| workflow.variable(Some(job), Some(step), name));
    let Some(text) = variable.and_then(Value::text) else { return vec![name] };
    let inside = expression::embedded(text).into_iter().filter_map(|each| each.inside);
    inside.filter_map(|inside| expression::read(inside).ok()).flat_map(|read| read.names()).collect()
}

/// Whether a person or a check decides before the job runs: an environment, a label, who sent it, or a job before it.
fn guarded(workflow: &Workflow, job: Job<'_>) -> bool {
    const DECIDE: [&str; 14] = [
        "event_name == 'pull_request'",
        "event_name != 'pull_request_target'",
        "head.repo.full_name",
        "head.repo.fork",
        "head_repository.full_name",
        "head_repository.fork",
        "workflow_run.event",
        "author_association",
        "user.login",
        "sender.login",
        "github.actor",
        "triggering_actor",
        "label",
        "needs.",
    ];
    let condition = |job: Job<'_>| job.value.get("if").and_then(Value::text).unwrap_or_default().to_owned();
    let decides = |job: Job<'_>| {
        let condition = condition(job);
        job.value.get("environment").is_some() || DECIDE.iter().any(|words| condition.contains(words))
    };
    decides(job) || workflow.waits_for(job).into_iter().any(decides)
}

/// Whether a step asks what the sender may do.
fn asks(step: &Value) -> bool {
    let mut texts = Vec::new();
    step.descend(&mut |value| texts.extend(value.text().map(str::to_ascii_lowercase)));
    texts.iter().any(|text| {
        ["permission", "collaborator", "membership", "author_association"]
            .iter()
            .any(|word| text.contains(word))
    })
}

/// Whether a step runs what was checked out, as far as can be told: a build, an install or a test, or an action of the checkout.
fn runs(step: &Value) -> bool {
    const BUILDS: [&str; 22] = [
        "npm",
        "npx",
        "pnpm",
        "yarn",
        "bun",
        "node",
        "pip",
        "pip3",
        "python",
        "python3",
        "poetry",
        "uv",
        "pytest",
        "tox",
        "make",
        "cargo",
        "go",
        "mvn",
        "gradle",
        "docker",
        "docker-compose",
        "bundle",
    ];
    let local = step.get("uses").and_then(Value::text).is_some_and(|uses| uses.starts_with("./"));
    let builds = step::action(step).is_some_and(|action| action == "docker/build-push-action");
    let script = step.get("run").and_then(Value::text).unwrap_or_default();
    let runs =
        artifact::shell::invocations(script).into_iter().filter_map(|found| found.words.into_iter().next());
    local || builds || runs.into_iter().any(|word| word.starts_with("./") || BUILDS.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    const RULE: &str = "workflow/untrusted-checkout";
    const HEAD: &str = "      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n";

    #[test]
    fn code_of_the_base_or_code_that_is_only_read_passes() {
        assert_eq!(
            steps(RULE, "pull_request_target", "      - uses: actions/checkout@v4\n      - run: npm ci\n"),
            [0; 0]
        );
        assert_eq!(steps(RULE, "pull_request_target", &format!("{HEAD}      - run: git diff\n")), [0; 0]);
        assert_eq!(steps(RULE, "pull_request", &format!("{HEAD}      - run: npm ci\n")), [0; 0]);
        let asked = format!(
            "      - run: gh api repos/a/b/collaborators/$SENDER/permission\n{HEAD}      - run: npm ci\n"
        );
        assert_eq!(steps(RULE, "pull_request_target", &asked), [0; 0]);
        let labelled = format!(
            "{HEAD}      - run: npm ci\n    if: contains(github.event.pull_request.labels.*.name, 'safe')\n"
        );
        assert_eq!(steps(RULE, "pull_request_target", &labelled), [0; 0]);
    }

    #[test]
    fn code_of_a_pull_request_that_is_run_does_not() {
        assert_eq!(steps(RULE, "pull_request_target", &format!("{HEAD}      - run: npm ci\n")), [1]);
        assert_eq!(
            steps(
                RULE,
                "[push, workflow_run]",
                &format!("{HEAD}      - run: |\n          cd a\n          ./build.sh\n")
            ),
            [1]
        );
    }

    #[test]
    fn nor_by_a_variable_in_a_second_checkout() {
        let text = "      - uses: actions/checkout@v4\n      - uses: actions/checkout@v4\n        env:\n          HEAD: ${{ github.head_ref }}\n        with:\n          ref: ${{ env.HEAD }}\n      - uses: ./action\n";
        assert_eq!(steps(RULE, "pull_request_target", text), [2]);
    }
}
