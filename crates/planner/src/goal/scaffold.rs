//! Scaffold: files are written into the repository. A file that a person wrote is replaced only by what they were shown.

use super::Inputs;
use crate::rollout::Steps;
use model::observed::Observed;
use model::plan::{Action, FileWrite, Goal, Phase, Plan, Undo};
use model::unit::Millis;

/// A file as it is and as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Relative to the repository's root.
    pub path: String,
    /// The content now; absent when there is no such file.
    pub before: Option<String>,
    /// The content afterwards; absent when the file goes.
    pub after: Option<String>,
}

/// Writes the files that differ, all in one step: they belong together, and a step that fails puts back what it wrote.
pub fn plan(changes: &[FileChange], observed: &Observed, inputs: &Inputs) -> Plan {
    let mut steps = Steps::default();
    let differing: Vec<&FileChange> = changes.iter().filter(|change| change.before != change.after).collect();
    if !differing.is_empty() {
        let write = |content: fn(&FileChange) -> Option<String>| Action::WriteFiles {
            files: differing
                .iter()
                .map(|change| FileWrite { path: change.path.clone(), content: content(change) })
                .collect(),
        };
        let undo = Undo::Action { action: Box::new(write(|change| change.before.clone())) };
        steps.push(Phase::Build, write(|change| change.after.clone()), undo, Millis::seconds(60));
    }
    Plan {
        goal: Goal::Scaffold,
        scope: observed.scope.clone(),
        run: inputs.run.clone(),
        based_on: observed.basis(),
        release: None,
        replaces: None,
        steps: steps.into(),
    }
}
