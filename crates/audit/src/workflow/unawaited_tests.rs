//! `workflow/unawaited-tests`

use crate::rule::{About, Remark, Rule};
use crate::subject::Subjects;
use crate::subject::workflow::{Job, Workflow, release};
use artifact::yaml::read::Value;
use model::finding::Severity;
use model::path;

pub(super) const RULE: Rule<Subjects> = Rule {
    about: About {
        name: "workflow/unawaited-tests",
        demands: "A deploy of a push waits for the tests of the push, also when they are in another workflow: both start at once, and nothing \
                  holds one of them for the other.",
        advice: "call the tests' workflow as a job, `uses: ./.github/workflows/…` (it is to be started by `workflow_call` too), and name it in \
                 the deploy's `needs`",
        severity: Severity::Warning,
    },
    check,
};

fn check(subjects: &Subjects) -> Vec<Remark> {
    let workflows = &subjects.workflows;
    let deploys = workflows.iter().flat_map(|workflow| workflow.jobs().map(move |job| (workflow, job)));
    deploys.filter_map(|(workflow, job)| unawaited(workflows, workflow, job)).collect()
}

fn unawaited(all: &[Workflow], workflow: &Workflow, job: Job<'_>) -> Option<Remark> {
    let deploy = release::deploys(job)?;
    let push = Push::of(workflow)?;
    // With tests of its own it is another rule's.
    if workflow.jobs().any(release::may_test) {
        return None;
    }
    let others = all.iter().filter(|other| other.document.path != workflow.document.path);
    let beside = others.filter(|other| Push::of(other).is_some_and(|other| push.meets(&other)));
    let mut tests = beside.filter_map(|other| Some((other, other.jobs().find(|job| release::tests(*job))?)));
    let (other, tested) = tests.next()?;
    let message = format!(
        "`{}` deploys a push while `{}` still tests it",
        job.key.text,
        path::file_name(&other.document.path)
    );
    let remark = Remark::new(workflow.place(job.key.line), message);
    Some(remark.with(workflow.place(deploy.line)).with(other.place(tested.key.line)))
}

/// Which pushes start a workflow; all where nothing is said.
struct Push<'a> {
    branches: Vec<&'a str>,
    paths: Vec<&'a str>,
}

impl<'a> Push<'a> {
    /// Nothing if only tags do.
    fn of(workflow: &'a Workflow) -> Option<Self> {
        let (_, _, said) = workflow.events().into_iter().find(|(event, ..)| *event == "push")?;
        let listed = |key: &str| {
            let list = said.and_then(|said| said.get(key)).map_or(&[][..], Value::one_or_many);
            list.iter().filter_map(Value::text).collect::<Vec<&str>>()
        };
        let of_tags = said.is_some_and(|said| said.get("tags").is_some() && said.get("branches").is_none());
        (!of_tags).then(|| Self { branches: listed("branches"), paths: listed("paths") })
    }

    /// Whether there is a push that starts both.
    fn meets(&self, other: &Push<'_>) -> bool {
        let common = |a: &[&str], b: &[&str]| {
            let any = |list: &[&str]| list.is_empty() || list.contains(&"**") || list.contains(&"*");
            any(a) || any(b) || a.iter().any(|entry| b.contains(entry))
        };
        common(&self.branches, &other.branches) && common(&self.paths, &other.paths)
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    const RULE: &str = "workflow/unawaited-tests";
    const DEPLOY: &str =
        "on:\n  push:\n    branches: [main]\njobs:\n  deploy:\n    steps:\n      - run: fly deploy\n";

    fn beside(tests: &str) -> Vec<String> {
        let tests = format!(
            "{tests}\njobs:\n  lint:\n    steps:\n      - run: npm run lint\n  test:\n    steps:\n      - run: npm test\n"
        );
        found(RULE, &[(".github/workflows/ci.yml", &tests), (".github/workflows/deploy.yml", DEPLOY)])
    }

    #[test]
    fn tests_of_other_pushes_pass() {
        assert_eq!(beside("on: pull_request"), [""; 0]);
        assert_eq!(beside("on: {push: {branches: [develop]}}"), [""; 0]);
        assert_eq!(beside("on: {push: {tags: ['v*']}}"), [""; 0]);
        let called = "on: push\njobs:\n  test:\n    uses: ./.github/workflows/ci.yml\n  deploy:\n    needs: test\n    steps:\n      - run: fly deploy\n";
        assert_eq!(found(RULE, &[(".github/workflows/deploy.yml", called)]), [""; 0]);
    }

    #[test]
    fn tests_of_the_same_push_do_not() {
        assert_eq!(beside("on: [push, pull_request]"), [".github/workflows/deploy.yml:5"]);
        assert_eq!(beside("on: {push: {branches: [develop, main]}}"), [".github/workflows/deploy.yml:5"]);
    }
}
