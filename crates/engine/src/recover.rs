//! After a crash: a run that was cut off is finished when it had committed, and undone when it had not.

use crate::core::{Engine, Session};
use crate::error::EngineError;
use crate::run::Transaction;
use ledger::InterruptedRun;
use model::event::{Direction, EventBody, Failure, FailureKind, Outcome};
use model::id::{Scope, StepId};
use model::plan::{Action, Goal, Step, Undo};

/// A run that was taken up.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovered {
    /// What it was for.
    pub goal: Goal,
    /// Which way it was taken.
    pub direction: Direction,
    /// How it ended.
    pub outcome: Outcome,
}

impl Engine {
    /// Takes up the run of a scope that was cut off, if there is one. The caller holds the scope's lock, so its owner is gone.
    ///
    /// # Errors
    /// When the record cannot be read or written.
    pub fn recover(&self, scope: &Scope, session: &Session<'_>) -> Result<Option<Recovered>, EngineError> {
        let Some(cut) = self.ledger.interrupted(scope)? else { return Ok(None) };
        let transaction = Transaction { engine: self, plan: &cut.plan, session };
        let direction = direction(&cut);
        let run = cut.plan.run.clone();
        transaction.tell(vec![EventBody::RunResumed { run, owner: host::identity::owner(), direction }])?;
        self.raise_proxy(&cut);
        let outcome = match direction {
            Direction::Finish => {
                let open = |id: StepId| !cut.done.contains(&id);
                let steps: Vec<_> = cut.plan.steps.iter().filter(|step| open(step.id)).cloned().collect();
                transaction.forward(&steps, true)
            }
            Direction::Undo => {
                let last = cut.started.iter().max().copied().unwrap_or(StepId(0));
                transaction.back(last, failure(&cut))
            }
        };
        Ok(Some(Recovered { goal: cut.plan.goal.clone(), direction, outcome }))
    }

    /// What cut the run off may have taken the data plane along: a machine that went down. Both ways lead through it; if
    /// it does not come up, the steps that need it will say so.
    fn raise_proxy(&self, cut: &InterruptedRun) {
        let ensured = |step: &&Step| step.action == Action::EnsureProxy && cut.started.contains(&step.id);
        if cut.plan.steps.iter().any(|step| ensured(&step)) {
            let _said_later = self.drivers.traffic.ensure();
        }
    }
}

/// Forward once a step that commits was begun and nothing was taken back; back otherwise.
fn direction(cut: &InterruptedRun) -> Direction {
    let commits = |id: &StepId| {
        cut.plan.steps.iter().any(|step| step.id == *id && matches!(step.undo, Undo::Commit { .. }))
    };
    let committed = cut.started.iter().any(commits) && cut.undo_started.is_empty();
    if committed { Direction::Finish } else { Direction::Undo }
}

fn failure(cut: &InterruptedRun) -> Failure {
    if let Some((_, failure)) = &cut.failed {
        return failure.clone();
    }
    Failure {
        kind: FailureKind::Cancelled,
        message: format!(
            "the {} by {} (process {}) was cut off",
            cut.plan.goal, cut.owner.user, cut.owner.pid
        ),
        advice: Some("run it again".into()),
        evidence: Vec::new(),
    }
}
