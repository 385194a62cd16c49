//! What people outside of a project can write, and a workflow can read.

use super::Workflow;
use super::expressions::Found;
use artifact::workflow::expression::{self, Expression};

/// Parts of contexts whose text anybody chooses: titles, descriptions, messages, and names of branches of forks. Numbers,
/// hashes and logins cannot carry a command, and only people of the project name its own branches.
const WRITTEN: [&str; 40] = [
    "github.head_ref",
    "github.event.issue.title",
    "github.event.issue.body",
    "github.event.pull_request.title",
    "github.event.pull_request.body",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.label",
    "github.event.pull_request.head.repo.default_branch",
    "github.event.pull_request.head.repo.description",
    "github.event.pull_request.head.repo.homepage",
    "github.event.comment.body",
    "github.event.review.body",
    "github.event.discussion.title",
    "github.event.discussion.body",
    "github.event.pages.*.page_name",
    "github.event.changes.title.from",
    "github.event.changes.body.from",
    "github.event.commits.*.message",
    "github.event.commits.*.author.email",
    "github.event.commits.*.author.name",
    "github.event.commits.*.committer.email",
    "github.event.commits.*.committer.name",
    "github.event.head_commit.message",
    "github.event.head_commit.author.email",
    "github.event.head_commit.author.name",
    "github.event.head_commit.committer.email",
    "github.event.head_commit.committer.name",
    "github.event.workflow_run.head_branch",
    "github.event.workflow_run.display_title",
    "github.event.workflow_run.head_commit.message",
    "github.event.workflow_run.head_commit.author.email",
    "github.event.workflow_run.head_commit.author.name",
    "github.event.workflow_run.head_commit.committer.email",
    "github.event.workflow_run.head_commit.committer.name",
    "github.event.workflow_run.head_repository.description",
    "github.event.workflow_run.pull_requests.*.head.ref",
    "github.event.check_suite.head_branch",
    "github.event.check_run.check_suite.head_branch",
    "github.event.merge_group.head_commit.message",
    "github.event.merge_group.head_commit.author.name",
];

/// Which part of a context that an outsider writes can become the text of an expression.
pub fn written(expression: &Expression) -> Option<String> {
    expression.outcomes().into_iter().find_map(|outcome| match outcome {
        Expression::Call { arguments, .. } => {
            let name = arguments.first()?.name()?;
            let whole = format!("{name}.");
            WRITTEN.iter().any(|known| *known == name || known.starts_with(&whole)).then_some(name)
        }
        other => other.name().filter(|name| WRITTEN.contains(&name.as_str())),
    })
}

/// Which such part can become the text of an expression that was found, also by way of a variable.
pub fn reaches(workflow: &Workflow, found: &Found<'_>) -> Option<String> {
    let expression = found.read.as_ref().ok()?;
    written(expression).or_else(|| {
        let names = expression.outcomes().into_iter().filter_map(Expression::name);
        names.into_iter().find_map(|name| {
            let variable = workflow.variable(found.job, found.step, name.strip_prefix("env.")?)?;
            in_text(variable.text()?)
        })
    })
}

/// Which such part stands in the expressions of a text.
pub fn in_text(text: &str) -> Option<String> {
    let inside = expression::embedded(text).into_iter().filter_map(|each| each.inside);
    inside.filter_map(|inside| expression::read(inside).ok()).find_map(|read| written(&read))
}
