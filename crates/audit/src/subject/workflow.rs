//! Workflows of GitHub Actions.

pub mod expressions;
pub mod release;
pub mod step;
pub mod untrusted;

use super::Document;
use artifact::yaml::read::{Key, Value};
use model::Place;

/// A workflow, or an action of this repository that is made of steps.
#[derive(Debug)]
pub struct Workflow {
    /// The file.
    pub document: Document,
}

/// A job of a workflow.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// Its name in the file.
    pub key: &'a Key,
    /// What stands there.
    pub value: &'a Value,
}

/// Whether a file without its ending is an action that this repository has, for itself or for others.
pub(super) fn is_action(folder: &str, stem: &str) -> bool {
    let own = folder == "." || folder.starts_with(".github/actions");
    own && stem == "action"
}

impl Workflow {
    pub(super) fn new(document: Document) -> Self {
        Self { document }
    }

    /// The place of a line.
    pub fn place(&self, line: u32) -> Place {
        self.document.place(line)
    }

    /// What stands in it.
    pub fn root(&self) -> &Value {
        &self.document.root
    }

    /// Whether it is an action, which has steps but no jobs, and is started by the workflows that use it.
    pub fn is_action(&self) -> bool {
        self.root().get("runs").is_some() && self.root().get("jobs").is_none()
    }

    /// What has steps: its jobs, in order, or the action itself.
    pub fn parts(&self) -> impl Iterator<Item = Job<'_>> {
        let own = self.root().entry("runs").filter(|_| self.is_action());
        self.jobs().chain(own.into_iter().map(|(key, value)| Job { key, value }))
    }

    /// Its jobs, in order.
    pub fn jobs(&self) -> impl Iterator<Item = Job<'_>> {
        let jobs = self.root().get("jobs").map_or(&[][..], Value::entries);
        jobs.iter().map(|(key, value)| Job { key, value })
    }

    /// The events that start it, with what is said of each. Older readers of YAML take `on` for `true`.
    pub fn events(&self) -> Vec<(&str, u32, Option<&Value>)> {
        let Some(on) = self.root().get("on").or_else(|| self.root().get("true")) else { return Vec::new() };
        let named = on.entries().iter().map(|(key, value)| (key.text.as_str(), key.line, Some(value)));
        let listed = on.one_or_many().iter().filter_map(|event| Some((event.text()?, event.line, None)));
        named.chain(listed).collect()
    }

    /// Whether one of some events starts it. One that other workflows call is started by whatever starts those.
    pub fn starts_on(&self, events: &[&str]) -> bool {
        let mut started = self.events().into_iter().map(|(event, ..)| event);
        self.is_action() || started.any(|event| events.contains(&event) || event == "workflow_call")
    }

    /// Every job that ends before a job begins; the job itself only if they wait in a circle.
    pub fn waits_for<'a>(&'a self, job: Job<'a>) -> Vec<Job<'a>> {
        let mut found: Vec<Job<'a>> = Vec::new();
        let mut open = vec![job];
        while let Some(job) = open.pop() {
            let needs: Vec<&str> = job.needs().map(|(need, _)| need).collect();
            let direct = self.jobs().filter(|other| needs.iter().any(|need| other.is(need)));
            let new: Vec<Job<'a>> =
                direct.filter(|job| !found.iter().any(|known| known.is(&job.key.text))).collect();
            found.extend(&new);
            open.extend(new);
        }
        found
    }

    /// Every step of every job.
    pub fn steps(&self) -> impl Iterator<Item = (Job<'_>, &Value)> {
        self.parts().flat_map(|job| job.steps().map(move |step| (job, step)))
    }
}

impl<'a> Job<'a> {
    /// Whether a name is its own; case makes no difference.
    pub fn is(self, name: &str) -> bool {
        self.key.text.eq_ignore_ascii_case(name)
    }

    /// The names of jobs that it waits for, with where each stands.
    pub fn needs(self) -> impl Iterator<Item = (&'a str, u32)> {
        let needs = self.value.get("needs").map_or(&[][..], Value::one_or_many);
        needs.iter().filter_map(|need| Some((need.text()?, need.line)))
    }

    /// Its steps, in order; of steps that run at once each by itself.
    pub fn steps(self) -> impl Iterator<Item = &'a Value> {
        let steps = self.value.get("steps").map_or(&[][..], Value::items).iter();
        steps.flat_map(|step| match step.get("parallel").map(Value::items) {
            Some(parallel) => parallel.iter(),
            None => std::slice::from_ref(step).iter(),
        })
    }
}
