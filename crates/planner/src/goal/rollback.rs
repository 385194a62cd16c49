//! Rollback: an earlier release, still built, goes live again.

use super::Inputs;
use crate::rollout::{Rollout, Stage};
use model::finding::{Finding, Severity};
use model::id::ReleaseId;
use model::observed::Observed;
use model::plan::{Goal, Plan};
use model::release::{ReleaseState, ReleaseView};

pub(super) fn plan(
    to: Option<&ReleaseId>,
    observed: &Observed,
    inputs: &Inputs,
) -> Result<Plan, Vec<Finding>> {
    let target = match to {
        Some(id) => named(id, observed)?,
        None => previous(observed)?,
    };
    let goal = Goal::Rollback { to: to.cloned() };
    Ok(Rollout::new(&target.release, observed, Stage::Built).plan(goal, inputs))
}

fn named<'a>(id: &ReleaseId, observed: &'a Observed) -> Result<&'a ReleaseView, Vec<Finding>> {
    let known = || {
        let built = observed.releases.iter().filter(|view| view.state == ReleaseState::Retired);
        built.map(|view| view.release.id.to_string()).collect::<Vec<_>>().join(", ")
    };
    let Some(view) = observed.release(id) else {
        return refuse(format!("there is no release {id}"), format!("choose one of: {}", known()));
    };
    match view.state {
        ReleaseState::Retired => Ok(view),
        ReleaseState::Live => refuse(format!("release {id} is live already"), "nothing is to be done".into()),
        ReleaseState::Pending | ReleaseState::Failed => {
            refuse(format!("release {id} never went live"), format!("choose one of: {}", known()))
        }
        ReleaseState::Pruned => {
            refuse(format!("the build of release {id} was removed"), "deploy its commit again".into())
        }
    }
}

fn previous(observed: &Observed) -> Result<&ReleaseView, Vec<Finding>> {
    let retired = observed.releases.iter().filter(|view| view.state == ReleaseState::Retired);
    match retired.max_by_key(|view| view.turn) {
        Some(view) => Ok(view),
        None => refuse(
            "there is no earlier release to go back to".into(),
            "a rollback needs a release that was live once and is kept (deploy.keep)".into(),
        ),
    }
}

fn refuse<T>(message: String, advice: String) -> Result<T, Vec<Finding>> {
    let rule = "rollback/target".to_owned();
    Err(vec![Finding { severity: Severity::Error, rule, place: None, message, advice }])
}
