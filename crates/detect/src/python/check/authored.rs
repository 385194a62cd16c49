//! The commands of the author's own workflows.

use crate::repository::Repository;
use crate::{path, shell};
use model::Place;
use serde_json::Value;

/// A command that a workflow runs in a folder.
pub(super) struct Command {
    /// Program and arguments, without what only runs it.
    pub(super) words: Vec<String>,
    pub(super) place: Place,
}

impl Command {
    pub(super) fn line(&self) -> String {
        shell::line(&self.words)
    }
}

/// What the workflows of the repository run in a folder.
pub(super) fn commands(repository: &Repository<'_>, folder: &str) -> Vec<Command> {
    let mut found = Vec::new();
    for entry in repository.files_in(".github/workflows") {
        let Some(document) = repository.yaml(&entry.path) else { continue };
        for job in document.get("jobs").and_then(Value::as_object).into_iter().flatten().map(|job| job.1) {
            let usual = job.pointer("/defaults/run/working-directory");
            let usual = usual.or_else(|| document.pointer("/defaults/run/working-directory"));
            for step in job.get("steps").and_then(Value::as_array).into_iter().flatten() {
                let at = step.get("working-directory").or(usual).and_then(Value::as_str).unwrap_or(".");
                let Some(text) = step.get("run").and_then(Value::as_str) else { continue };
                for invocation in shell::invocations(text) {
                    if path::join(&path::join(".", at), &invocation.folder) == folder {
                        found.extend(command(repository, &entry.path, invocation.words));
                    }
                }
            }
        }
    }
    found
}

fn command(repository: &Repository<'_>, file: &str, mut words: Vec<String>) -> Option<Command> {
    let module = words.get(1).is_some_and(|word| word == "-m");
    if module && words.first().is_some_and(|word| super::super::program::is_python(word)) {
        words.drain(..2);
    }
    // What GitHub puts in is known to nobody else, and what is redirected is not for people.
    if words.iter().any(|word| word.contains("${{") || word.contains('$') || word.contains(['<', '>'])) {
        return None;
    }
    let place = repository.place_of(file, &words.join(" "));
    let program = || repository.place_of(file, words.first().map_or("", String::as_str));
    let place = if place.line == 1 { program() } else { place };
    Some(Command { words, place })
}
