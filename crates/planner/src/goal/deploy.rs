//! Deploy: a new release of the repository goes live.

use super::Inputs;
use crate::refusal;
use crate::rollout::{Rollout, Stage};
use model::finding::Severity;
use model::id::ReleaseId;
use model::manifest::Manifest;
use model::observed::Observed;
use model::plan::{Goal, Plan, Refusal};
use model::release::Release;

pub(super) fn plan(manifest: &Manifest, observed: &Observed, inputs: &Inputs) -> Result<Plan, Refusal> {
    plan_for(Goal::Deploy, manifest, observed, inputs)
}

pub(super) fn plan_for(
    goal: Goal,
    manifest: &Manifest,
    observed: &Observed,
    inputs: &Inputs,
) -> Result<Plan, Refusal> {
    let findings = refusal::findings(manifest, observed);
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(Refusal { goal, findings });
    }
    let Some(source) = observed.source.clone() else {
        return Err(Refusal { goal, findings: vec![refusal::no_source()] });
    };
    let number = observed.releases.iter().filter_map(|view| view.release.id.number()).max().unwrap_or(0) + 1;
    let release = Release {
        id: ReleaseId::numbered(number, &source.short()),
        created: inputs.now,
        source,
        manifest: manifest.clone(),
        settings_digest: observed.settings_digest.clone(),
    };
    Ok(Rollout::new(&release, observed, Stage::Source).plan(goal, inputs))
}
