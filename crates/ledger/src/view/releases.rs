//! What became of each release.

use model::event::{Event, EventBody, Failure, Outcome};
use model::id::ReleaseId;
use model::release::{Release, ReleaseState, ReleaseView};
use model::unit::Timestamp;

pub(super) const KINDS: &[&str] = &["release-created", "release-live", "release-removed", "run-ended"];

#[derive(Default)]
struct Releases {
    views: Vec<ReleaseView>,
    /// Made since the last run ended. A scope has one run at a time, so these are the running one's.
    fresh: Vec<ReleaseId>,
    /// How often a release went live.
    turns: u64,
}

pub(super) fn fold(events: impl Iterator<Item = Event>) -> Vec<ReleaseView> {
    let mut releases = Releases::default();
    for Event { at, body, .. } in events {
        match body {
            EventBody::ReleaseCreated { release } => releases.created(*release),
            EventBody::ReleaseLive { release, .. } => releases.live(release.as_ref(), at),
            EventBody::ReleaseRemoved { release } => releases.removed(&release),
            EventBody::RunEnded { outcome, .. } => releases.ended(outcome),
            _ => {}
        }
    }
    releases.views
}

impl Releases {
    fn find(&mut self, id: &ReleaseId) -> Option<&mut ReleaseView> {
        self.views.iter_mut().rev().find(|view| &view.release.id == id)
    }

    fn created(&mut self, release: Release) {
        // Recovery may write it a second time.
        if self.find(&release.id).is_none() {
            self.fresh.push(release.id.clone());
            self.views.push(ReleaseView {
                release,
                state: ReleaseState::Pending,
                live_since: None,
                turn: 0,
                failure: None,
            });
        }
    }

    fn live(&mut self, id: Option<&ReleaseId>, at: Timestamp) {
        self.turns += 1;
        for view in &mut self.views {
            if Some(&view.release.id) == id {
                if view.state != ReleaseState::Live {
                    view.live_since = Some(at);
                    view.turn = self.turns;
                }
                view.state = ReleaseState::Live;
                view.failure = None;
            } else if view.state == ReleaseState::Live {
                view.state = ReleaseState::Retired;
            }
        }
    }

    fn removed(&mut self, id: &ReleaseId) {
        if let Some(view) = self.find(id) {
            view.state = ReleaseState::Pruned;
        }
    }

    fn ended(&mut self, outcome: Outcome) {
        let fresh = std::mem::take(&mut self.fresh);
        match outcome {
            Outcome::Done => {}
            Outcome::Undone { failure } | Outcome::Stuck { failure, .. } => self.failed(&fresh, &failure),
        }
    }

    fn failed(&mut self, fresh: &[ReleaseId], failure: &Failure) {
        for view in self.views.iter_mut().filter(|view| fresh.contains(&view.release.id)) {
            view.failure = Some(failure.message.clone());
            match view.state {
                ReleaseState::Pending | ReleaseState::Retired => view.state = ReleaseState::Failed,
                // It serves although its run got stuck, or its build is gone already: that is still true.
                ReleaseState::Live | ReleaseState::Failed | ReleaseState::Pruned => {}
            }
        }
    }
}
