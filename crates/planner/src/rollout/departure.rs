//! The old release leaves: its instances drain and stop, and builds that nobody needs any more are removed.

use super::{Rollout, SHORT, Together};
use model::id::{InstanceId, ReleaseId};
use model::instance::{InstancePhase, InstanceStatus};
use model::manifest::Strategy;
use model::plan::{Action, Phase, Undo};
use model::release::{ReleaseState, ReleaseView};
use model::routing::MemberState;
use model::unit::Millis;
use std::cmp::Reverse;

impl Rollout<'_> {
    pub(super) fn depart(&mut self) {
        let old = self.leaving();
        let routed = self.serving.values().flatten().any(|member| !self.is_new(&member.instance));
        if routed {
            self.drain();
        }
        for together in Together::of(self.target(), old) {
            self.steps.push(Phase::Drain, together.end(), forward(), together.patience());
        }
        if routed && !self.keeps_old_warm() {
            self.drop_old_members();
            let action = Action::Route { table: self.table_now(), share: 100 };
            self.steps.push(Phase::Drain, action, forward(), SHORT);
        }
        for release in self.superfluous() {
            self.steps.push(Phase::Drain, Action::RemoveRelease { release }, forward(), Millis::seconds(300));
        }
    }

    fn keeps_old_warm(&self) -> bool {
        self.manifest().deploy.strategy == Strategy::BlueGreen
    }

    /// Instances that shall not run afterwards, with their grace: those of the release before, and leftovers of earlier ones.
    fn leaving(&self) -> Vec<(InstanceId, Millis)> {
        let live = self.observed.live.as_ref();
        let was_live = |id: &InstanceId| live.is_some_and(|live| live.instances.contains(id));
        let leaves = |status: &&InstanceStatus| {
            status.spec.part.service().is_some()
                && status.phase != InstancePhase::Ended
                && !self.is_new(&status.spec.id)
                && !(self.keeps_old_warm() && was_live(&status.spec.id))
        };
        let leaving = self.observed.instances.iter().filter(leaves);
        leaving.map(|status| (status.spec.id.clone(), status.spec.grace)).collect()
    }

    fn drain(&mut self) {
        if self.keeps_old_warm() {
            return;
        }
        let mut instances = Vec::new();
        let new: Vec<InstanceId> =
            self.arrived.values().flatten().map(|arrived| arrived.id.clone()).collect();
        for member in self.serving.values_mut().flatten().filter(|member| !new.contains(&member.instance)) {
            member.state = MemberState::Draining;
            member.weight = 0;
            instances.push(member.instance.clone());
        }
        let action = Action::Route { table: self.table_now(), share: 100 };
        self.steps.push(Phase::Drain, action, forward(), SHORT);
        let limit = self.manifest().deploy.drain;
        let timeout = Millis(limit.0 + 10_000);
        self.steps.push(Phase::Drain, Action::Drain { instances, limit }, forward(), timeout);
    }

    fn drop_old_members(&mut self) {
        let new: Vec<InstanceId> =
            self.arrived.values().flatten().map(|arrived| arrived.id.clone()).collect();
        for members in self.serving.values_mut() {
            members.retain(|member| new.contains(&member.instance));
        }
    }

    /// Builds beyond those kept for a rollback, and failed ones but for the newest.
    fn superfluous(&self) -> Vec<ReleaseId> {
        let live = self.observed.live.as_ref().map(|live| &live.release.id);
        let of = |state: ReleaseState| {
            let mut found: Vec<&ReleaseView> = self
                .observed
                .releases
                .iter()
                .filter(|view| view.state == state && view.release.id != self.release.id)
                .filter(|view| Some(&view.release.id) != live)
                .collect();
            found.sort_by_key(|view| Reverse((view.turn, view.release.id.number())));
            found
        };
        // The new release and the one it replaces are kept anyway.
        let replaced = usize::from(live.is_some_and(|live| live != &self.release.id));
        let kept = usize::from(self.manifest().deploy.keep).saturating_sub(1 + replaced);
        let retired = of(ReleaseState::Retired).into_iter().skip(kept);
        let failed = of(ReleaseState::Failed).into_iter().skip(1);
        retired.chain(failed).map(|view| view.release.id.clone()).collect()
    }
}

fn forward() -> Undo {
    Undo::Commit { reason: "the new release is live; this is finished, not undone".into() }
}
