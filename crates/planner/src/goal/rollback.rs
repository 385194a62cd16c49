//! Rollback: an earlier release, still built, goes live again.

use super::Inputs;
use crate::refusal;
use crate::rollout::{Rollout, Stage};
use model::finding::{Finding, Severity};
use model::id::ReleaseId;
use model::observed::Observed;
use model::plan::{Goal, Plan};
use model::release::{Release, ReleaseState, ReleaseView};

pub(super) fn plan(
    to: Option<&ReleaseId>,
    observed: &Observed,
    inputs: &Inputs,
) -> Result<Plan, Vec<Finding>> {
    let target = match to {
        Some(id) => named(id, observed)?,
        None => previous(observed)?,
    };
    complete(target, observed)?;
    if let Some(moved) = refusal::moved(&target.release.manifest, observed) {
        return Err(vec![moved]);
    }
    let goal = Goal::Rollback { to: to.cloned() };
    Ok(Rollout::new(&target.release, observed, Stage::Built).plan(goal, inputs))
}

/// Its build must be all there: what is missing would be noticed only when the traffic already moves.
fn complete(target: &ReleaseView, observed: &Observed) -> Result<(), Vec<Finding>> {
    let Release { id, source, .. } = &target.release;
    let Some(lacks) = observed.incomplete.get(id) else { return Ok(()) };
    let others = choices(observed);
    let instead = if others.is_empty() { String::new() } else { format!(", or choose one of: {others}") };
    let advice = format!("deploy its commit ({}) again{instead}", source.short());
    refuse("rollback/build", format!("the build of release {id} is not complete: {lacks}"), advice)
}

/// The releases that one can go back to.
fn choices(observed: &Observed) -> String {
    let built = observed.releases.iter().filter(|view| view.state == ReleaseState::Retired);
    let ids = built.map(|view| &view.release.id).filter(|id| !observed.incomplete.contains_key(*id));
    ids.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn named<'a>(id: &ReleaseId, observed: &'a Observed) -> Result<&'a ReleaseView, Vec<Finding>> {
    let known = || choices(observed);
    let Some(view) = observed.release(id) else {
        return no_target(format!("there is no release {id}"), format!("choose one of: {}", known()));
    };
    match view.state {
        ReleaseState::Retired => Ok(view),
        ReleaseState::Live => {
            no_target(format!("release {id} is live already"), "nothing is to be done".into())
        }
        ReleaseState::Pending | ReleaseState::Failed => {
            no_target(format!("release {id} never went live"), format!("choose one of: {}", known()))
        }
        ReleaseState::Pruned => {
            no_target(format!("the build of release {id} was removed"), "deploy its commit again".into())
        }
    }
}

fn previous(observed: &Observed) -> Result<&ReleaseView, Vec<Finding>> {
    let retired = observed.releases.iter().filter(|view| view.state == ReleaseState::Retired);
    match retired.max_by_key(|view| view.turn) {
        Some(view) => Ok(view),
        None => no_target(
            "there is no earlier release to go back to".into(),
            "a rollback needs a release that was live once and is kept (deploy.keep)".into(),
        ),
    }
}

fn no_target<T>(message: String, advice: String) -> Result<T, Vec<Finding>> {
    refuse("rollback/target", message, advice)
}

fn refuse<T>(rule: &str, message: String, advice: String) -> Result<T, Vec<Finding>> {
    Err(vec![Finding::new(Severity::Error, rule, message, advice)])
}
