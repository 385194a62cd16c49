//! The transaction: steps in order, each in the journal before and after, and the way back when one fails.

use crate::core::{Engine, Session};
use crate::error::EngineError;
use crate::perform::Performer;
use model::event::{Event, EventBody, Failure, FailureKind, Outcome};
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
        transaction.tell(vec![EventBody::RunStarted {
            plan: Box::new(plan.clone()),
            owner: host::identity::owner(),
        }])?;
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
    /// Performs steps in order; `committed` says that the way back is closed already. The end of a step is written together
    /// with the beginning of the next: nothing is done between them, and each write waits for the disk.
    pub(crate) fn forward(&self, steps: &[Step], committed: bool) -> Outcome {
        let mut committed = committed;
        let mut before: Option<EventBody> = None;
        let mut failures: Vec<(StepId, Failure)> = Vec::new();
        for step in steps {
            committed |= matches!(step.undo, Undo::Commit { .. });
            match self.step(step, committed, before.take()) {
                Ok(done) => before = Some(done),
                Err(failure) => {
                    let run = self.plan.run.clone();
                    self.note(vec![EventBody::StepFailed { run, step: step.id, failure: failure.clone() }]);
                    if !committed {
                        return self.back(step.id, failure);
                    }
                    failures.push((step.id, failure));
                }
            }
        }
        let outcome = match failures.first() {
            None => Outcome::Done,
            Some((_, first)) => {
                let left = failures.iter().map(|(step, failure)| self.left(*step, failure)).collect();
                Outcome::Stuck { failure: first.clone(), left }
            }
        };
        self.end(before, outcome)
    }

    /// Takes back every step up to `last`, newest first. Every undo is safe to repeat and safe for a step that was half done.
    pub(crate) fn back(&self, last: StepId, failure: Failure) -> Outcome {
        let mut left = Vec::new();
        for step in self.plan.steps.iter().rev().filter(|step| step.id <= last) {
            let Undo::Action { action } = &step.undo else { continue };
            let run = self.plan.run.clone();
            self.note(vec![EventBody::UndoStarted { run: run.clone(), step: step.id }]);
            match self.performer(step, false).perform(action) {
                Ok(_) => self.note(vec![EventBody::UndoDone { run, step: step.id }]),
                Err(error) => {
                    let failure: Failure = error.into();
                    left.push(self.left(step.id, &failure));
                    self.note(vec![EventBody::UndoFailed { run, step: step.id, failure }]);
                }
            }
        }
        let outcome =
            if left.is_empty() { Outcome::Undone { failure } } else { Outcome::Stuck { failure, left } };
        self.end(None, outcome)
    }

    /// Performs a step and returns what is to be written about its end. `before` is what is still to be written about the
    /// end of the one before.
    fn step(&self, step: &Step, committed: bool, before: Option<EventBody>) -> Result<EventBody, Failure> {
        let run = self.plan.run.clone();
        let journal = |bodies: Vec<EventBody>| self.tell(bodies).map_err(|error| journal_failure(&error));
        let cancelled = !committed && self.session.cancel.requested();
        let held = self.session.guard.renew(self.engine.clock.now());
        if cancelled || held.is_err() {
            journal(before.into_iter().collect())?;
            held.map_err(|error| journal_failure(&error.into()))?;
            return Err(crate::DriverError::cancelled().into());
        }
        let begins = EventBody::StepStarted { run: run.clone(), step: step.id };
        let written = journal(before.into_iter().chain([begins]).collect());
        if let (Err(failure), false) = (&written, committed) {
            return Err(failure.clone());
        }
        let began = self.engine.clock.monotonic();
        let detail = self.performer(step, !committed).perform(&step.action).map_err(Failure::from)?;
        let took = Millis::from(self.engine.clock.monotonic().saturating_sub(began));
        // After the commit a step is done even when it cannot be written down; that is said in the end.
        written.map(|()| EventBody::StepDone { run, step: step.id, took, detail })
    }

    fn performer<'b>(&'b self, step: &'b Step, cancellable: bool) -> Performer<'b> {
        Performer::new(self.engine, self.plan, self.session, step, cancellable)
    }

    fn left(&self, step: StepId, failure: &Failure) -> String {
        format!("step {step} of {}: {}", self.plan.steps.len(), failure.message)
    }

    /// Writes events down, all at once, and shows them.
    pub(crate) fn tell(&self, bodies: Vec<EventBody>) -> Result<(), EngineError> {
        let events = self.events(bodies);
        if !events.is_empty() {
            self.engine.ledger.append_all(&events)?;
        }
        events.iter().for_each(|event| self.session.watcher.event(event));
        Ok(())
    }

    /// Writes events down if that is possible. On the way back a full disk must not stop anything:
    /// recovery repeats what is not in the journal.
    fn note(&self, bodies: Vec<EventBody>) {
        if self.tell(bodies.clone()).is_err() {
            self.events(bodies).iter().for_each(|event| self.session.watcher.event(event));
        }
    }

    fn events(&self, bodies: Vec<EventBody>) -> Vec<Event> {
        let at = self.engine.clock.now();
        let event = |body| Event { at, scope: self.plan.scope.clone(), body };
        bodies.into_iter().map(event).collect()
    }

    fn end(&self, before: Option<EventBody>, outcome: Outcome) -> Outcome {
        let ended = EventBody::RunEnded { run: self.plan.run.clone(), outcome: outcome.clone() };
        self.note(before.into_iter().chain([ended]).collect());
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
