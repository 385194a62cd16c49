//! `workflow/unknown-key`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use crate::subject::workflow::expressions::shown;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/unknown-key",
        demands: "Every key of a workflow is one that GitHub knows: with any other the whole workflow is refused, and nothing runs.",
        advice: "correct the spelling, or move it to where it belongs",
        severity: Severity::Warning,
    },
    check,
};

// What was known in the autumn of 2026; newer keys may exist, so that this is a warning.
const WORKFLOW: &str =
    "name run-name description on true permissions env defaults concurrency cache-mode jobs";
const JOB: &str = "name needs snapshot permissions cache-mode runs-on environment outputs env defaults if steps timeout-minutes \
    cancel-timeout-minutes strategy continue-on-error container services concurrency uses with secrets";
const STEP: &str = "id if name uses run working-directory shell with env continue-on-error timeout-minutes background wait wait-all \
    cancel parallel";
const PERMISSIONS: &str = "actions artifact-metadata attestations checks code-quality contents copilot-requests deployments discussions \
    drives id-token issues models packages pages pull-requests repository-projects security-events statuses vulnerability-alerts";
const CONTAINER: &str = "image credentials env ports volumes options command entrypoint";

fn check(workflow: &Workflow) -> Vec<Remark> {
    if workflow.is_action() {
        return Vec::new();
    }
    let root = workflow.root();
    let mut parts = vec![("a workflow", WORKFLOW, Some(root))];
    parts.extend(workflow.events().into_iter().filter_map(event));
    parts.extend(shared(root));
    for job in workflow.jobs() {
        parts.push(("a job", JOB, Some(job.value)));
        parts.extend(shared(job.value));
        parts.push(("`strategy`", "matrix fail-fast max-parallel", job.value.get("strategy")));
        parts.push(("`environment`", "name url deployment", job.value.get("environment")));
        parts.push(("a container", CONTAINER, job.value.get("container")));
        let services = job.value.get("services").map_or(&[][..], Value::entries);
        parts.extend(services.iter().map(|(_, service)| ("a service", CONTAINER, Some(service))));
        parts.extend(job.steps().map(|step| ("a step", STEP, Some(step))));
    }
    parts.into_iter().flat_map(|(what, known, value)| unknown(workflow, what, known, value)).collect()
}

/// What narrows the events that have the most to narrow.
fn event<'a>(
    (event, _, said): (&str, u32, Option<&'a Value>),
) -> Option<(&'static str, &'static str, Option<&'a Value>)> {
    match event {
        "push" => Some(("`push`", "branches branches-ignore tags tags-ignore paths paths-ignore", said)),
        "pull_request" | "pull_request_target" => {
            Some(("a pull request", "types branches branches-ignore paths paths-ignore", said))
        }
        _ => None,
    }
}

/// What a workflow and a job both have.
fn shared(of: &Value) -> [(&'static str, &'static str, Option<&Value>); 4] {
    [
        ("`permissions`", PERMISSIONS, of.get("permissions")),
        ("`concurrency`", "group cancel-in-progress queue", of.get("concurrency")),
        ("`defaults`", "run", of.get("defaults")),
        ("`defaults.run`", "shell working-directory", of.at(&["defaults", "run"])),
    ]
}

fn unknown(workflow: &Workflow, what: &str, known: &str, value: Option<&Value>) -> Vec<Remark> {
    let known: Vec<&str> = known.split_whitespace().collect();
    let keys = value.map_or(&[][..], Value::entries).iter().map(|(key, _)| key);
    keys.filter(|key| !key.merged && !known.contains(&key.text.as_str()))
        .map(|key| {
            let near = known.iter().find(|known| is_near(known, &key.text));
            let meant = near.map(|near| format!(", but `{near}`")).unwrap_or_default();
            Remark::new(workflow.place(key.line), format!("{what} has no `{}`{meant}", shown(&key.text)))
        })
        .collect()
}

/// Whether one letter, a line or the case makes the difference.
fn is_near(known: &str, written: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_', ' '], "");
    let (known, written) = (plain(known), plain(written));
    let common = known.bytes().zip(written.bytes()).take_while(|(a, b)| a == b).count();
    let rest = |text: &str, skip: usize| text.get(common + skip..).map(str::to_owned);
    known == written
        || rest(&known, 1) == rest(&written, 1) && known.len() == written.len()
        || rest(&known, 1) == rest(&written, 0)
        || rest(&known, 0) == rest(&written, 1)
}

#[cfg(test)]
mod tests {
    use super::is_near;
    use crate::workflow::fixture::lines;

    const RULE: &str = "workflow/unknown-key";
    const GOOD: &str = "on: push\npermissions: {contents: read}\njobs:\n  a:\n    runs-on: x\n    strategy: {matrix: {a: [1]}}\n    steps:\n      - run: x\n        shell: sh\n";

    #[test]
    fn known_keys_pass_and_others_do_not() {
        assert_eq!(lines(RULE, GOOD), [0; 0]);
        let bad = format!(
            "{GOOD}      - run: x\n        working-dir: a\n  b:\n    run-on: x\n    concurrency:\n      cancel: true\n"
        );
        assert_eq!(lines(RULE, &bad), [11, 13, 15]);
        assert_eq!(lines(RULE, "on: push\npermissions:\n  content: read\n"), [3]);
        assert_eq!(
            lines(RULE, "on:\n  push:\n    tags: [v*]\n    branch: main\n  issues:\n    types: [opened]\n"),
            [4]
        );
    }

    #[test]
    fn a_slip_is_recognised() {
        assert!(is_near("runs-on", "run-on") && is_near("runs-on", "runs_on") && is_near("steps", "step"));
        assert!(is_near("needs", "neets") && !is_near("needs", "names") && !is_near("if", "é"));
    }
}
