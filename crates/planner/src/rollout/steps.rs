//! A list of steps that numbers itself.

use model::id::StepId;
use model::plan::{Action, Phase, Step, Undo};
use model::unit::Millis;

/// Steps in order.
#[derive(Debug, Default)]
pub struct Steps(Vec<Step>);

impl Steps {
    /// Adds a step at the end.
    pub fn push(&mut self, phase: Phase, action: Action, undo: Undo, timeout: Millis) {
        let id = StepId(u32::try_from(self.0.len()).unwrap_or(u32::MAX).saturating_add(1));
        self.0.push(Step { id, phase, action, undo, timeout });
    }
}

impl From<Steps> for Vec<Step> {
    fn from(steps: Steps) -> Self {
        steps.0
    }
}
