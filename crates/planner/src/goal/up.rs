//! Up: the newest state of the repository runs afterwards, with as little change as possible.

use super::{Inputs, deploy};
use crate::rollout::{Rollout, Stage};
use model::instance::InstancePhase;
use model::manifest::Manifest;
use model::observed::{LiveRelease, Observed};
use model::plan::{Goal, Plan, Refusal};
use model::release::{Release, ReleaseState, ReleaseView};

pub(super) fn plan(manifest: &Manifest, observed: &Observed, inputs: &Inputs) -> Result<Plan, Refusal> {
    let Some(release) = current(manifest, observed) else {
        return deploy::plan_for(Goal::Up, manifest, observed, inputs);
    };
    let live = observed.live.as_ref().filter(|live| live.release.id == release.id);
    if live.is_some_and(|live| everything_runs(live, manifest, observed)) {
        return Ok(nothing(Goal::Up, Some(release), observed, inputs));
    }
    Ok(Rollout::new(release, observed, Stage::Built).plan(Goal::Up, inputs))
}

/// The plan when everything is as it should be: with this release live, or with none.
pub(super) fn nothing(goal: Goal, release: Option<&Release>, observed: &Observed, inputs: &Inputs) -> Plan {
    Plan {
        goal,
        scope: observed.scope.clone(),
        run: inputs.run.clone(),
        based_on: observed.basis(),
        release: release.cloned(),
        replaces: release.map(|release| release.id.clone()),
        steps: Vec::new(),
    }
}

/// The release that was made of just this state: the live one, or after `down` the newest that was live.
fn current<'a>(manifest: &Manifest, observed: &'a Observed) -> Option<&'a Release> {
    let source = observed.source.as_ref()?;
    let retired = |view: &&&ReleaseView| view.state == ReleaseState::Retired && observed.live.is_none();
    let candidate = match &observed.live {
        Some(live) => &live.release,
        None => &observed.releases.iter().rev().find(|view| retired(&view))?.release,
    };
    let same = source.digest == candidate.source.digest
        && &candidate.manifest == manifest
        && candidate.settings_digest == observed.settings_digest
        && observed.setting_problems.is_empty()
        // What is left of a damaged build is of no use, and the repository is here: it is built anew.
        && !observed.incomplete.contains_key(&candidate.id);
    same.then_some(candidate)
}

/// Whether nothing of the live release has to be started.
pub(super) fn everything_runs(live: &LiveRelease, manifest: &Manifest, observed: &Observed) -> bool {
    let runs = |phase| phase == InstancePhase::Running;
    let routed =
        observed.traffic.is_some() || manifest.services.values().all(|service| service.port.is_none());
    let alive =
        observed.instances.iter().filter(|s| live.instances.contains(&s.spec.id) && runs(s.phase)).count();
    let stores =
        observed.instances.iter().filter(|s| s.spec.part.service().is_none() && runs(s.phase)).count();
    routed && alive == live.instances.len() && stores >= embedded(manifest)
}

fn embedded(manifest: &Manifest) -> usize {
    manifest.datastores.values().filter(|store| store.provider == model::manifest::Provider::Embedded).count()
}
