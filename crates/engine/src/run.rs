//! The transaction: steps in order, each in the journal before and after, and the way back when one fails.

use crate::core::{Engine, Session};
use crate::error::EngineError;
use crate::perform::Performer;
use model::event::{EventBody, Failure, FailureKind, Outcome};
use model::id::StepId;
use model::plan::{Plan, Step, Undo};
use model::unit::Millis;

impl Engine {
    /// Performs a plan to its end: done, undone, or stuck with what is left.
    ///
    /// # Errors
    /// Before the first change: the plan is stale, an earlier run was cut off, the record cannot be written.
    pub fn run(&self, plan: &Plan, session: &Session<'_>) -> Result<Outcome, EngineError> {
        if let Some(run) = self.ledger.interrupted(&plan.scope)? {
            return Err(EngineError::Interrupted(run.plan.goal.to_string()));
        }
        if self.basis(plan)? != plan.based_on {
            return Err(EngineError::Stale);
        }
        if plan.steps.is_empty() {
            return Ok(Outcome::Done);
        }
        let transaction = Transaction { engine: self, plan, session };
        transaction
            .tell(EventBody::RunStarted { plan: Box::new(plan.clone()), owner: host::identity::owner() })?;
        Ok(transaction.forward(&plan.steps, false))
    }
}

/// A plan being performed.
pub(crate) struct Transaction<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) plan: &'a Plan,
    pub(crate) session: &'a Session<'a>,
}

impl Transaction<'_> {
    /// Performs steps in order; `committed` says that the way back is closed already.
    pub(crate) fn forward(&self, steps: &[Step], committed: bool) -> Outcome {
        let mut committed = committed;
        let mut failures: Vec<(StepId, Failure)> = Vec::new();
        for step in steps {
            committed |= matches!(step.undo, Undo::Commit { .. });
            let result = self.step(step, committed);
            if let Err(failure) = result {
                self.note(EventBody::StepFailed {
                    run: self.plan.run.clone(),
                    step: step.id,
                    failure: failure.clone(),
                });
                if !committed {
                    return self.back(step.id, failure);
                }
                failures.push((step.id, failure));
            }
        }
        self.end(match failures.first() {
            None => Outcome::Done,
            Some((_, first)) => {
                let left = failures.iter().map(|(step, failure)| self.left(*step, failure)).collect();
                Outcome::Stuck { failure: first.clone(), left }
            }
        })
    }

    /// Takes back every step up to `last`, newest first. Every undo is safe to repeat and safe for a step that was half done.
    pub(crate) fn back(&self, last: StepId, failure: Failure) -> Outcome {
        let mut left = Vec::new();
        for step in self.plan.steps.iter().rev().filter(|step| step.id <= last) {
            let Undo::Action { action } = &step.undo else { continue };
            let run = self.plan.run.clone();
            self.note(EventBody::UndoStarted { run: run.clone(), step: step.id });
            match self.performer(step, false).perform(action) {
                Ok(_) => self.note(EventBody::UndoDone { run, step: step.id }),
                Err(error) => {
                    let failure: Failure = error.into();
                    left.push(self.left(step.id, &failure));
                    self.note(EventBody::UndoFailed { run, step: step.id, failure });
                }
            }
        }
        let outcome =
            if left.is_empty() { Outcome::Undone { failure } } else { Outcome::Stuck { failure, left } };
        self.end(outcome)
    }

    fn step(&self, step: &Step, committed: bool) -> Result<(), Failure> {
        if !committed && self.session.cancel.requested() {
            return Err(crate::DriverError::cancelled().into());
        }
        let run = self.plan.run.clone();
        let journal = |body| self.tell(body).map_err(|error| journal_failure(&error));
        self.session.guard.renew(self.engine.clock.now()).map_err(|error| journal_failure(&error.into()))?;
        let began = self.engine.clock.monotonic();
        let started = journal(EventBody::StepStarted { run: run.clone(), step: step.id });
        if let (Err(failure), false) = (started, committed) {
            return Err(failure);
        }
        let detail = self.performer(step, !committed).perform(&step.action).map_err(Failure::from)?;
        let took = Millis::from(self.engine.clock.monotonic().saturating_sub(began));
        journal(EventBody::StepDone { run, step: step.id, took, detail })
    }

    fn performer<'b>(&'b self, step: &'b Step, cancellable: bool) -> Performer<'b> {
        Performer::new(self.engine, self.plan, self.session, step, cancellable)
    }

    fn left(&self, step: StepId, failure: &Failure) -> String {
        format!("step {step} of {}: {}", self.plan.steps.len(), failure.message)
    }

    /// Writes an event down and shows it.
    pub(crate) fn tell(&self, body: EventBody) -> Result<(), EngineError> {
        let event = self.engine.append(&self.plan.scope, body)?;
        self.session.watcher.event(&event);
        Ok(())
    }

    /// Writes an event down if that is possible. On the way back a full disk must not stop anything:
    /// recovery repeats what is not in the journal.
    fn note(&self, body: EventBody) {
        if self.tell(body.clone()).is_err() {
            let scope = self.plan.scope.clone();
            self.session.watcher.event(&model::event::Event { at: self.engine.clock.now(), scope, body });
        }
    }

    fn end(&self, outcome: Outcome) -> Outcome {
        self.note(EventBody::RunEnded { run: self.plan.run.clone(), outcome: outcome.clone() });
        outcome
    }
}

fn journal_failure(error: &EngineError) -> Failure {
    Failure {
        kind: FailureKind::Machine,
        message: format!("the journal cannot be written: {error}"),
        advice: error.advice(),
        evidence: Vec::new(),
    }
}
