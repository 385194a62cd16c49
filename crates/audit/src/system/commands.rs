//! Commands that workflows, Dockerfiles and Compose files run, with the folder of the repository that they run in.

use super::builds;
use crate::Subjects;
use crate::subject::workflow::{Job, Workflow};
use artifact::shell::{self, Invocation};
use artifact::yaml::read::Value;
use model::{Place, path};

/// A command.
#[derive(Debug, Clone)]
pub struct Run {
    /// Where it stands.
    pub place: Place,
    /// What is run.
    pub invocation: Invocation,
    /// Where in the repository it runs.
    pub folder: Folder,
}

/// Where in the repository a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folder {
    /// In this folder of a checkout.
    At(String),
    /// Somewhere in an image that is built from this folder.
    Within(String),
}

/// Every command of which this is known.
pub fn all(subjects: &Subjects) -> Vec<Run> {
    let mut runs = Vec::new();
    for workflow in &subjects.workflows {
        for job in workflow.jobs().filter(|job| is_of_this_repository(*job)) {
            for step in job.steps() {
                runs.extend(of_step(subjects, workflow, job, step));
            }
        }
    }
    for build in builds::all(subjects) {
        let fetches = build.dockerfile.commands().iter().any(|command| command.program() == "git");
        for command in build.dockerfile.commands().into_iter().filter(|_| !fetches) {
            let place = build.dockerfile.place(command.instruction);
            let folder = Folder::Within(build.context.clone());
            runs.push(Run { place, invocation: command.invocation, folder });
        }
    }
    runs
}

/// Whether a job works on this repository, checked out where it starts.
pub fn is_of_this_repository(job: Job<'_>) -> bool {
    let mut checkouts = job.steps().filter(|step| uses(step).starts_with("actions/checkout@")).peekable();
    checkouts.peek().is_some()
        && checkouts.all(|step| {
            ["path", "repository", "sparse-checkout"].iter().all(|key| step.at(&["with", key]).is_none())
        })
}

/// The action of a step, empty without one.
pub fn uses(step: &Value) -> &str {
    step.get("uses").and_then(Value::text).unwrap_or_default()
}

/// The folder in which the scripts of a step run, with where it is said.
pub fn working_directory<'a>(workflow: &'a Workflow, job: Job<'a>, step: &'a Value) -> Option<&'a Value> {
    let own = step.get("working-directory");
    let of_job = || job.value.at(&["defaults", "run", "working-directory"]);
    own.or_else(of_job).or_else(|| workflow.root().at(&["defaults", "run", "working-directory"]))
}

fn of_step(subjects: &Subjects, workflow: &Workflow, job: Job<'_>, step: &Value) -> Vec<Run> {
    let Some(script) = step.get("run") else { return Vec::new() };
    let text = script.text().unwrap_or_default();
    let start = match working_directory(workflow, job, step).map(Value::text) {
        None => ".",
        Some(Some(folder)) if builds::is_plain(folder) => folder,
        Some(_) => return Vec::new(),
    };
    // What stands in a here-document, or runs on another machine, runs elsewhere; a subshell comes back.
    let elsewhere = [
        "<<",
        "ssh",
        "(cd",
        "( cd",
        "pushd",
        "cd -",
        "cd $",
        "cd \"",
        "git clone",
        "docker run",
        "docker exec",
    ];
    if elsewhere.iter().any(|word| text.contains(word)) {
        return Vec::new();
    }
    let invocations = shell::invocations(text).into_iter();
    let runs = invocations.filter_map(|invocation| {
        let folder = path::join(&path::join(".", start), &invocation.folder);
        let place = workflow.place(script.line.saturating_add(invocation.line));
        let known = subjects.has(&folder) && !invocation.folder.starts_with('/');
        known.then_some(Run { place, invocation, folder: Folder::At(folder) })
    });
    runs.collect()
}
