//! Workflows of GitHub Actions.

use super::Document;
use artifact::yaml::read::{Key, Value};
use model::Place;

/// A workflow.
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

    /// Every step of every job.
    pub fn steps(&self) -> impl Iterator<Item = (Job<'_>, &Value)> {
        self.jobs().flat_map(|job| job.steps().map(move |step| (job, step)))
    }
}

impl<'a> Job<'a> {
    /// Its steps, in order.
    pub fn steps(self) -> impl Iterator<Item = &'a Value> {
        self.value.get("steps").map_or(&[][..], Value::items).iter()
    }
}
