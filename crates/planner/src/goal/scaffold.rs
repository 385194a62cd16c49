//! Scaffold: files are written into the repository. A file that a person wrote is replaced only by what they were shown.

use super::Inputs;
use crate::rollout::Steps;
use model::observed::Observed;
use model::plan::{Action, Goal, Phase, Plan, Undo};
use model::unit::Millis;

/// A file as it is and as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Relative to the repository's root.
    pub path: String,
    /// The content now; absent when there is no such file.
    pub before: Option<String>,
    /// The content afterwards.
    pub after: String,
}

/// Writes the files that differ.
pub fn plan(changes: &[FileChange], observed: &Observed, inputs: &Inputs) -> Plan {
    let mut steps = Steps::default();
    for change in changes.iter().filter(|change| change.before.as_ref() != Some(&change.after)) {
        let write = |content: Option<String>| Action::WriteFile { path: change.path.clone(), content };
        let undo = Undo::Action { action: Box::new(write(change.before.clone())) };
        steps.push(Phase::Build, write(Some(change.after.clone())), undo, Millis::seconds(30));
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
