//! Boot: what was live before the machine went down runs again, without a repository and without a build.

use super::{Inputs, up};
use crate::refusal;
use crate::rollout::{Rollout, Stage};
use model::finding::{Finding, Severity};
use model::observed::Observed;
use model::plan::{Goal, Plan};

pub(super) fn plan(observed: &Observed, inputs: &Inputs) -> Result<Plan, Vec<Finding>> {
    let Some(live) = &observed.live else { return Ok(up::nothing(Goal::Boot, None, observed, inputs)) };
    let release = &live.release;
    if up::everything_runs(live, &release.manifest, observed) {
        return Ok(up::nothing(Goal::Boot, Some(release), observed, inputs));
    }
    let mut findings = refusal::unstartable(&release.manifest, observed);
    if let Some(lacks) = observed.incomplete.get(&release.id) {
        findings.push(Finding::new(
            Severity::Error,
            "boot/build",
            format!("the build of release {} is not complete: {lacks}", release.id),
            "run `mainstay up` in the project's folder: it is built anew there",
        ));
    }
    if findings.is_empty() {
        Ok(Rollout::new(release, observed, Stage::Built).plan(Goal::Boot, inputs))
    } else {
        Err(findings)
    }
}
