//! Down: everything of the environment stops; data, releases and secrets stay.

use super::Inputs;
use crate::rollout::{Steps, Together};
use model::instance::{InstancePhase, InstanceStatus};
use model::manifest::Manifest;
use model::observed::Observed;
use model::plan::{Action, Goal, Phase, Plan, Undo};
use model::unit::Millis;

pub(super) fn plan(manifest: &Manifest, observed: &Observed, inputs: &Inputs) -> Plan {
    let mut steps = Steps::default();
    let reason = || "down is finished, not undone: `mainstay up` starts everything again".to_owned();
    let commit = || Undo::Commit { reason: reason() };
    let runs = |status: &&InstanceStatus| status.phase != InstancePhase::Ended;
    // Also when the proxy is dead: its table on disk would be served by the next one.
    if observed.traffic.is_some() || observed.live.is_some() {
        steps.push(Phase::Drain, Action::Unroute, commit(), Millis::seconds(30));
    }
    let services = |status: &&InstanceStatus| runs(status) && status.spec.part.service().is_some();
    let leaving = observed.instances.iter().filter(services);
    let leaving = leaving.map(|status| (status.spec.id.clone(), status.spec.grace));
    for together in Together::of(observed.target().unwrap_or(manifest.environment.target), leaving) {
        steps.push(Phase::Drain, together.end(), commit(), together.patience());
    }
    for name in manifest.datastores.keys().filter(|name| observed.datastores.contains(*name)) {
        let action = Action::StopDatastore { datastore: name.clone() };
        steps.push(Phase::Drain, action, commit(), Millis::seconds(90));
    }
    if observed.live.is_some() {
        let action = Action::Record { release: None, instances: Vec::new() };
        steps.push(Phase::Record, action, commit(), Millis::seconds(10));
    }
    Plan {
        goal: Goal::Down,
        scope: observed.scope.clone(),
        run: inputs.run.clone(),
        based_on: observed.basis(),
        release: None,
        replaces: observed.live.as_ref().map(|live| live.release.id.clone()),
        steps: steps.into(),
    }
}
