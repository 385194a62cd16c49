//! A goal and a look at the world → a plan, or everything that stands against it.

mod boot;
mod deploy;
mod down;
mod rollback;
pub mod scaffold;
mod up;

use model::id::RunId;
use model::manifest::Manifest;
use model::observed::Observed;
use model::plan::{Goal, Plan, Refusal};
use model::unit::Timestamp;

/// What a plan needs beside facts and observation: time and ids are given, never taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inputs {
    /// Now.
    pub now: Timestamp,
    /// The id of the run that will perform the plan.
    pub run: RunId,
}

/// Makes the plan. The same input gives the same plan.
///
/// # Errors
/// A [`Refusal`] that names everything that is wrong, at once.
pub fn plan(goal: &Goal, manifest: &Manifest, observed: &Observed, inputs: &Inputs) -> Result<Plan, Refusal> {
    let findings = match goal {
        Goal::Up => return up::plan(manifest, observed, inputs),
        Goal::Deploy => return deploy::plan(manifest, observed, inputs),
        Goal::Rollback { to } => rollback::plan(to.as_ref(), observed, inputs),
        Goal::Boot => boot::plan(observed, inputs),
        Goal::Down => Ok(down::plan(manifest, observed, inputs)),
        // Files come from elsewhere: see [`scaffold::plan`].
        Goal::Scaffold => Ok(scaffold::plan(&[], observed, inputs)),
    };
    findings.map_err(|findings| Refusal { goal: goal.clone(), findings })
}
