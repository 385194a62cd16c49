//! Runs: what was done of a plan.

use model::event::{Direction, Event, EventBody, Failure, Outcome, Owner};
use model::id::{ReleaseId, RunId, StepId};
use model::plan::{Goal, Plan};
use model::unit::Timestamp;
use std::collections::BTreeSet;

/// A run that began and did not end, with all that recovery needs.
#[derive(Debug, Clone, PartialEq)]
pub struct InterruptedRun {
    /// Its plan.
    pub plan: Plan,
    /// Who performed it last.
    pub owner: Owner,
    /// Steps that began, done or not.
    pub started: BTreeSet<StepId>,
    /// Steps that were done, taken back later or not.
    pub done: BTreeSet<StepId>,
    /// Steps that began to be taken back.
    pub undo_started: BTreeSet<StepId>,
    /// Steps that were taken back.
    pub undone: BTreeSet<StepId>,
    /// Steps that could not be taken back, with why.
    pub undo_failed: Vec<(StepId, Failure)>,
    /// The last step that failed, with why.
    pub failed: Option<(StepId, Failure)>,
    /// Which way it was last taken up, if it was.
    pub direction: Option<Direction>,
}

/// A line of history.
#[derive(Debug, Clone, PartialEq)]
pub struct RunView {
    /// The run.
    pub run: RunId,
    /// What it was for.
    pub goal: Goal,
    /// The release that it was to make live.
    pub release: Option<ReleaseId>,
    /// Who performed it last.
    pub owner: Owner,
    /// When it began.
    pub started: Timestamp,
    /// When it ended and how; absent while it runs or was cut off.
    pub ended: Option<(Timestamp, Outcome)>,
    /// Number of its steps.
    pub steps: usize,
    /// Number of those that are done.
    pub done: usize,
}

/// A run as far as its events tell.
struct Run {
    at: Timestamp,
    ended: Option<(Timestamp, Outcome)>,
    progress: InterruptedRun,
}

fn fold(events: impl Iterator<Item = Event>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for Event { at, body, .. } in events {
        if let EventBody::RunStarted { plan, owner } = body {
            // The first word on a run counts; a second one would lose its progress.
            if find(&mut runs, &plan.run).is_none() {
                runs.push(Run { at, ended: None, progress: InterruptedRun::new(*plan, owner) });
            }
        } else if let Some(run) = body.run().and_then(|id| find(&mut runs, id)) {
            run.take(at, body);
        }
    }
    runs
}

fn find<'a>(runs: &'a mut [Run], id: &RunId) -> Option<&'a mut Run> {
    runs.iter_mut().rev().find(|run| &run.progress.plan.run == id)
}

/// The newest run without an end.
pub(super) fn interrupted(events: impl Iterator<Item = Event>) -> Option<InterruptedRun> {
    fold(events).into_iter().rev().find(|run| run.ended.is_none()).map(|run| run.progress)
}

/// Newest first.
pub(super) fn views(events: impl Iterator<Item = Event>) -> Vec<RunView> {
    fold(events).into_iter().rev().map(Run::view).collect()
}

impl InterruptedRun {
    const fn new(plan: Plan, owner: Owner) -> Self {
        Self {
            plan,
            owner,
            started: BTreeSet::new(),
            done: BTreeSet::new(),
            undo_started: BTreeSet::new(),
            undone: BTreeSet::new(),
            undo_failed: Vec::new(),
            failed: None,
            direction: None,
        }
    }
}

impl Run {
    fn take(&mut self, at: Timestamp, body: EventBody) {
        let progress = &mut self.progress;
        match body {
            EventBody::StepStarted { step, .. } => {
                progress.started.insert(step);
            }
            EventBody::StepDone { step, .. } => {
                progress.done.insert(step);
            }
            EventBody::StepFailed { step, failure, .. } => progress.failed = Some((step, failure)),
            EventBody::UndoStarted { step, .. } => {
                progress.undo_started.insert(step);
            }
            EventBody::UndoDone { step, .. } => {
                progress.undone.insert(step);
            }
            EventBody::UndoFailed { step, failure, .. } => progress.undo_failed.push((step, failure)),
            EventBody::RunResumed { owner, direction, .. } => {
                progress.owner = owner;
                progress.direction = Some(direction);
            }
            EventBody::RunEnded { outcome, .. } => self.ended = Some((at, outcome)),
            EventBody::RunStarted { .. }
            | EventBody::ReleaseCreated { .. }
            | EventBody::ReleaseLive { .. }
            | EventBody::ReleaseRemoved { .. }
            | EventBody::AddressesGiven { .. }
            | EventBody::Noted { .. } => {}
        }
    }

    fn view(self) -> RunView {
        let InterruptedRun { plan, owner, done, .. } = self.progress;
        RunView {
            run: plan.run,
            goal: plan.goal,
            release: plan.release.map(|release| release.id),
            owner,
            started: self.at,
            ended: self.ended,
            steps: plan.steps.len(),
            done: done.len(),
        }
    }
}
