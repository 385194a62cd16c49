//! Every expression of a workflow, with where it stands.

use super::{Job, Workflow};
use artifact::workflow::expression::{self, Expression, Problem};
use artifact::yaml::read::Value;

/// An expression.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    /// The job in which it stands.
    pub job: Option<Job<'a>>,
    /// The step in which it stands.
    pub step: Option<&'a Value>,
    /// The keys that lead to it, from the step, else from the job, else from the workflow.
    pub keys: Vec<&'a str>,
    /// The line on which it begins.
    pub line: u32,
    /// What is written.
    pub text: &'a str,
    /// What it says, or why it says nothing.
    pub read: Result<Expression, Problem>,
}

/// The part of a workflow in which an expression stands.
#[derive(Clone, Copy)]
struct Part<'a> {
    job: Option<Job<'a>>,
    step: Option<&'a Value>,
}

impl Workflow {
    /// Every expression, in order: `${{ … }}`, and conditions without braces.
    pub fn expressions(&self) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        Part { job: None, step: None }.collect(self.root(), &["jobs", "runs"], &mut found);
        for job in self.parts() {
            Part { job: Some(job), step: None }.collect(job.value, &["steps"], &mut found);
            for step in job.steps() {
                Part { job: Some(job), step: Some(step) }.collect(step, &[], &mut found);
            }
        }
        found
    }

    /// What a variable is set to for a step: by itself, by its job or by the workflow.
    pub fn variable<'a>(
        &'a self,
        job: Option<Job<'a>>,
        step: Option<&'a Value>,
        name: &str,
    ) -> Option<&'a Value> {
        let levels = [step, job.map(|job| job.value), Some(self.root())];
        let entries = levels.into_iter().flatten().filter_map(|level| level.get("env"));
        let mut set = entries.flat_map(|env| env.entries().iter());
        set.find(|(key, _)| key.text.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Found<'_> {
    /// What it reads of a context, as `build` of `steps.build.outputs.x`: each once in a row, and not `*`, which is all.
    pub fn reads(&self, context: &str) -> Vec<String> {
        let Ok(read) = &self.read else { return Vec::new() };
        let names = read.names();
        let names =
            names.iter().filter_map(|name| name.strip_prefix(context)?.strip_prefix('.')?.split('.').next());
        let mut names: Vec<String> = names.filter(|name| *name != "*").map(str::to_owned).collect();
        names.dedup();
        names
    }

    /// What is written, as a message shows it.
    pub fn shown(&self) -> String {
        shown(self.text)
    }
}

impl<'a> Part<'a> {
    fn collect(self, of: &'a Value, without: &[&str], found: &mut Vec<Found<'a>>) {
        for (key, value) in of.entries().iter().filter(|(key, _)| !without.contains(&key.text.as_str())) {
            self.walk(value, &mut vec![key.text.as_str()], found);
        }
    }

    fn walk(self, value: &'a Value, keys: &mut Vec<&'a str>, found: &mut Vec<Found<'a>>) {
        for item in value.items() {
            self.walk(item, keys, found);
        }
        for (key, value) in value.entries() {
            keys.push(&key.text);
            self.walk(value, keys, found);
            keys.pop();
        }
        // A description is shown as it is.
        let Some(text) = value.text().filter(|_| keys.last() != Some(&"description")) else { return };
        if keys[..] == ["if"] && !text.contains("${{") && !text.is_empty() {
            found.push(self.found(keys, value.line, text, expression::read(text)));
        }
        for each in expression::embedded(text) {
            let line = line(value, each.start);
            let read = match each.inside {
                Some(inside) => expression::read(inside),
                None => Err(Problem { offset: 0, message: "`${{` is not closed by `}}`".into() }),
            };
            found.push(self.found(keys, line, each.inside.unwrap_or_default(), read));
        }
    }

    fn found(
        self,
        keys: &[&'a str],
        line: u32,
        text: &'a str,
        read: Result<Expression, Problem>,
    ) -> Found<'a> {
        Found { job: self.job, step: self.step, keys: keys.to_vec(), line, text: text.trim(), read }
    }
}

/// A text as a message shows it: in one line, and not all of a long one.
pub fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<&str>>().join(" ");
    match line.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// The line of a place in a text. Only a block has line ends in it, and it begins at its first line.
pub fn line(value: &Value, offset: usize) -> u32 {
    let above = value.text().unwrap_or_default()[..offset].matches('\n').count();
    value.line.saturating_add(u32::try_from(above).unwrap_or(u32::MAX))
}

/// The lines of a script, with their numbers.
pub fn lines(script: &Value) -> impl Iterator<Item = (u32, &str)> {
    let text = script.text().unwrap_or_default();
    (script.line..).zip(text.lines())
}
