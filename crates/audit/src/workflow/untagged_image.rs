//! `workflow/untagged-image`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Job, Workflow};
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/untagged-image",
        demands: "An image in which a job runs, or that serves it, is named with a version: what `latest` is changes from one day to the \
                  next, and the tests of yesterday are not those of today.",
        advice: "name the version that production runs, as `postgres:16`",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let of_jobs = workflow.jobs().flat_map(images);
    let of_steps = workflow.steps().filter_map(|(_, step)| step.get("uses"));
    let images = of_jobs.map(|value| (value, value.text().unwrap_or_default()));
    let actions = of_steps.filter_map(|uses| Some((uses, uses.text()?.strip_prefix("docker://")?)));
    images.chain(actions).filter_map(|(value, image)| untagged(workflow, value, image)).collect()
}

/// The image of a job's container, and those of its services.
fn images(job: Job<'_>) -> impl Iterator<Item = &Value> {
    let services = job.value.get("services").map_or(&[][..], Value::entries);
    let all = job.value.get("container").into_iter().chain(services.iter().map(|(_, service)| service));
    all.filter_map(|container| container.get("image").or_else(|| container.text().map(|_| container)))
}

fn untagged(workflow: &Workflow, value: &Value, image: &str) -> Option<Remark> {
    // An expression can name any version; nothing at all is no container.
    if image.is_empty() || image.contains("${{") || image.contains('@') {
        return None;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    let message = match name.split_once(':') {
        None => format!("`{image}` names no version"),
        Some((_, "latest")) => format!("`{image}` is another image tomorrow"),
        Some(_) => return None,
    };
    Some(Remark::new(workflow.place(value.line), message))
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    const RULE: &str = "workflow/untagged-image";

    #[test]
    fn versions_digests_and_expressions_pass() {
        let good = "on: push\njobs:\n  a:\n    container: ${{ matrix.image }}\n    services:\n      db:\n        image: registry:5000/postgres:16\n    steps:\n      - uses: docker://alpine@sha256:abc\n";
        assert_eq!(lines(RULE, good), [0; 0]);
    }

    #[test]
    fn no_version_does_not() {
        let bad = "on: push\njobs:\n  a:\n    container: node\n    services:\n      db:\n        image: postgres:16\n      cache:\n        image: registry:5000/redis:latest\n    steps:\n      - uses: docker://alpine\n";
        assert_eq!(lines(RULE, bad), [4, 9, 11]);
    }
}
