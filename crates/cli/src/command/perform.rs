//! `up`, `deploy`, `rollback`, `down`, `recover`: a goal becomes a plan, the plan is performed.

use crate::arguments::{Common, Format, Perform};
use crate::composition;
use crate::error::CliError;
use crate::output::progress::Screen;
use crate::output::{self, refusal};
use crate::project::{Folder, Project};
use crate::signal;
use engine::{Engine, Session};
use ledger::Guard;
use model::ExitKind;
use model::event::Outcome;
use model::finding::Severity;
use model::id::{RunId, Scope};
use model::manifest::Manifest;
use model::observed::Observed;
use model::plan::{Goal, Plan, Refusal};
use planner::Inputs;
use serde::Serialize;
use std::path::PathBuf;

/// Everything that a plan is made of.
pub struct Preparation {
    pub engine: Engine,
    pub manifest: Manifest,
    pub observed: Observed,
    pub root: Option<PathBuf>,
}

impl Preparation {
    /// Looks at the project as far as the goal needs it. A rollback and a down need no repository: the live release's
    /// manifest tells.
    ///
    /// # Errors
    /// When the project, the record or the machine cannot be looked at.
    pub fn make(common: &Common, goal: &Goal) -> Result<Self, CliError> {
        let (engine, manifest, root) = begin(common, goal)?;
        let observed = engine.observe(&manifest, root.as_deref())?;
        Ok(Self { engine, manifest, observed, root })
    }

    /// The plan, checked by our own rules. What they only warn of is printed.
    ///
    /// # Errors
    /// Everything that stands against it.
    pub fn plan(&self, goal: &Goal) -> Result<Plan, Refusal> {
        checked(goal, &self.manifest, &self.observed)
    }
}

/// The plan for a goal, checked by our own rules.
///
/// # Errors
/// Everything that stands against it.
pub fn checked(goal: &Goal, manifest: &Manifest, observed: &Observed) -> Result<Plan, Refusal> {
    let plan = planner::plan(goal, manifest, observed, &inputs(observed))?;
    let mut findings = audit::check_plan(&plan);
    if matches!(goal, Goal::Up | Goal::Deploy) {
        findings.extend(audit::check_migrations(&observed.new_migrations));
    }
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(Refusal { goal: goal.clone(), findings });
    }
    Ok(plan)
}

/// The engine and the manifest. What is wrong with the project is said before anything is opened or made on the machine.
fn begin(common: &Common, goal: &Goal) -> Result<(Engine, Manifest, Option<PathBuf>), CliError> {
    match goal {
        Goal::Up | Goal::Deploy | Goal::Scaffold => {
            let project = Project::load(common)?;
            Ok((composition::engine()?, project.manifest, Some(project.root)))
        }
        Goal::Rollback { .. } | Goal::Boot | Goal::Down => {
            let scope = known_scope(common)?;
            let engine = composition::engine()?;
            let releases = engine.ledger.releases(&scope)?;
            let newest = releases.iter().rev().find(|view| view.live_since.is_some()).or(releases.last());
            let manifest = newest.map(|view| view.release.manifest.clone()).ok_or_else(|| {
                CliError::input(format!("{scope} was never deployed")).hint("`mainstay up` brings it up")
            })?;
            Ok((engine, manifest, None))
        }
    }
}

/// Time and run of a plan that is made now.
pub fn inputs(observed: &Observed) -> Inputs {
    let run = RunId::nearest(&format!("run-{}-{}", observed.at.0, host::identity::owner().pid));
    Inputs { now: observed.at, run: run.expect("a valid name") }
}

/// The scope that a command is about, without looking for services.
pub fn known_scope(common: &Common) -> Result<Scope, CliError> {
    let folder = Folder::find(&common.directory)?;
    let environment = folder.environment(common.environment.as_ref())?;
    let project = match &folder.file.name {
        Some(name) => name.clone(),
        None => planner::draft::project_name(&folder.facts()?, &folder.file),
    };
    Ok(Scope { project, environment })
}

pub fn run(common: &Common, args: &Perform, goal: Goal) -> Result<ExitKind, CliError> {
    if args.dry_run {
        return match Preparation::make(common, &goal)?.plan(&goal) {
            Ok(plan) => {
                super::plan::print(&plan, common.format);
                Ok(ExitKind::Done)
            }
            Err(refusal) => Ok(refuse(&refusal, common.format)),
        };
    }
    let (engine, manifest, root) = begin(common, &goal)?;
    let scope = manifest.scope();
    let guard = engine.lock(&scope)?;
    let screen = Screen::new(common.format, args.verbose);
    let cancel = signal::cancel_on_interrupt();
    let session = Session { root: root.clone(), watcher: &screen, cancel, guard: &guard };
    take_up(&engine, &scope, &session, &screen)?;
    let observed = engine.observe(&manifest, root.as_deref())?;
    let preparation = Preparation { engine, manifest, observed, root };
    let plan = match preparation.plan(&goal) {
        Ok(plan) => plan,
        Err(refusal) => return Ok(refuse(&refusal, common.format)),
    };
    say_what_is_deployed(&preparation, &plan, common.format);
    let outcome = preparation.engine.run(&plan, &session)?;
    finish(&preparation, &plan, &outcome, common.format)
}

pub fn recover(common: &Common) -> Result<ExitKind, CliError> {
    let engine = composition::engine()?;
    let scope = known_scope(common)?;
    let guard = engine.lock(&scope)?;
    let screen = Screen::new(common.format, false);
    let session = session(&screen, &guard);
    match take_up(&engine, &scope, &session, &screen)? {
        Some(outcome) => Ok(kind(&outcome)),
        None => {
            output::note("nothing was cut off");
            Ok(ExitKind::Done)
        }
    }
}

fn session<'a>(screen: &'a Screen, guard: &'a Guard) -> Session<'a> {
    Session { root: None, watcher: screen, cancel: engine::Cancel::default(), guard }
}

/// Finishes or undoes a run that was cut off.
pub fn take_up(
    engine: &Engine,
    scope: &Scope,
    session: &Session<'_>,
    screen: &Screen,
) -> Result<Option<Outcome>, CliError> {
    let Some(cut) = engine.ledger.interrupted(scope)? else { return Ok(None) };
    screen.resume(&cut.plan);
    let recovered = engine.recover(scope, session)?;
    let outcome = recovered.map(|recovered| recovered.outcome);
    if let Some(stuck @ Outcome::Stuck { .. }) = &outcome {
        refusal::outcome(stuck);
    }
    Ok(outcome)
}

/// Prints why there is no plan.
pub fn refuse(refusal: &Refusal, format: Format) -> ExitKind {
    match format {
        Format::Json => output::json(refusal),
        Format::Text => {
            refusal::findings(&refusal.findings);
            output::note(&format!("{} refused; nothing was changed", refusal.goal));
        }
    }
    ExitKind::Refused
}

fn say_what_is_deployed(preparation: &Preparation, plan: &Plan, format: Format) {
    let (Format::Text, Some(release)) = (format, &plan.release) else { return };
    if plan.steps.is_empty() {
        return;
    }
    let dirty = release.source.dirty && preparation.root.is_some();
    let state = if dirty { ", with files that are not committed" } else { "" };
    output::note(&format!("{} {} as {}{state}", plan.goal, plan.scope, release.id));
}

/// What an outcome means for the exit code.
pub fn kind(outcome: &Outcome) -> ExitKind {
    match outcome {
        Outcome::Done => ExitKind::Done,
        Outcome::Undone { .. } => ExitKind::Undone,
        Outcome::Stuck { .. } => ExitKind::NeedsPerson,
    }
}

#[derive(Serialize)]
struct Ending<'a> {
    outcome: &'a Outcome,
    exit: u8,
    urls: Vec<String>,
}

fn finish(
    preparation: &Preparation,
    plan: &Plan,
    outcome: &Outcome,
    format: Format,
) -> Result<ExitKind, CliError> {
    let addresses = preparation.engine.ledger.addresses(&plan.scope)?;
    let url = plan.release.as_ref().and_then(|release| engine::entry_url(&release.manifest, &addresses));
    let kind = kind(outcome);
    match format {
        Format::Json => {
            let ending = Ending { outcome, exit: kind.code(), urls: url.into_iter().collect() };
            output::line(&serde_json::to_string(&ending).unwrap_or_default());
        }
        Format::Text => {
            refusal::outcome(outcome);
            if let (Outcome::Done, Some(release)) = (outcome, &plan.release) {
                let state = if plan.steps.is_empty() { "runs already" } else { "is live" };
                output::line(&format!("{} {state}", release.id));
                if let Some(url) = url {
                    output::line(&url);
                }
            }
        }
    }
    Ok(kind)
}
