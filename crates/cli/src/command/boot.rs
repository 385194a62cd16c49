//! `mainstay boot`: what ran before the machine was started runs again, every project of this Mainstay; and what makes
//! the machine call it.

mod install;
mod unit;

pub use install::standing;

use super::perform;
use crate::arguments::{Boot, BootAction, Common, Format, Perform};
use crate::composition;
use crate::error::CliError;
use crate::output::progress::Screen;
use crate::output::style::Style;
use crate::output::{self, refusal};
use crate::signal;
use engine::{Cancel, Engine, Session};
use model::ExitKind;
use model::event::Outcome;
use model::id::Scope;
use model::plan::{Goal, Plan, Refusal};
use serde::{Serialize, Serializer};

pub fn run(common: &Common, args: &Boot) -> Result<ExitKind, CliError> {
    match args.action {
        None if args.perform.dry_run => print_plans(common),
        None => bring_back(common, &args.perform),
        Some(BootAction::Install) => install::install(common.format),
        Some(BootAction::Uninstall) => install::uninstall(),
        Some(BootAction::Status) => install::status(common.format),
    }
}

/// What became of one scope.
#[derive(Debug, Serialize)]
struct Row {
    project: String,
    environment: String,
    release: Option<String>,
    outcome: Back,
    #[serde(rename = "exit", serialize_with = "code")]
    kind: ExitKind,
    url: Option<String>,
    message: Option<String>,
}

/// How a scope came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Back {
    /// Everything ran already.
    Runs,
    /// It was started.
    Started,
    /// A run that was cut off was taken back, and nothing was live before it.
    Down,
    /// It does not run.
    Failed,
}

#[derive(Serialize)]
struct Summary {
    exit: u8,
    projects: Vec<Row>,
}

fn bring_back(common: &Common, args: &Perform) -> Result<ExitKind, CliError> {
    let engine = composition::engine()?;
    let cancel = signal::cancel_on_interrupt();
    let mut rows = Vec::new();
    for scope in scopes(&engine, common)? {
        let row = one(&engine, &scope, (common.format, args.verbose), &cancel);
        rows.push(row.unwrap_or_else(|error| failed(&scope, error, common.format)));
    }
    let worst = rows.iter().map(|row| row.kind).max().unwrap_or(ExitKind::Done);
    print(rows, worst, common.format);
    Ok(worst)
}

/// The scopes that are up, or were being changed when the machine went down.
fn scopes(engine: &Engine, common: &Common) -> Result<Vec<Scope>, CliError> {
    let mut scopes = Vec::new();
    for scope in engine.ledger.scopes()? {
        let meant = common.environment.as_ref().is_none_or(|name| name == &scope.environment);
        if meant && (engine.ledger.live(&scope)?.is_some() || engine.ledger.interrupted(&scope)?.is_some()) {
            scopes.push(scope);
        }
    }
    Ok(scopes)
}

fn one(
    engine: &Engine,
    scope: &Scope,
    (format, verbose): (Format, bool),
    cancel: &Cancel,
) -> Result<Row, CliError> {
    let guard = engine.lock(scope)?;
    let screen = Screen::new(format, verbose);
    let session = Session { root: None, watcher: &screen, cancel: cancel.clone(), guard: &guard };
    // A deploy that was cut off and undone is done with; only what could not be undone is still in the way.
    let cut = perform::take_up(engine, scope, &session, &screen)?;
    let cut = cut.map(|outcome| perform::kind(&outcome)).filter(|kind| *kind == ExitKind::NeedsPerson);
    let mut row = match plan(engine, scope)? {
        Some(Ok(plan)) => start(engine, &plan, &session, format)?,
        Some(Err(refusal)) => refused(scope, &refusal, format),
        None => Row::new(scope, Back::Down, ExitKind::Done),
    };
    row.kind = row.kind.max(cut.unwrap_or(ExitKind::Done));
    Ok(row)
}

fn start(engine: &Engine, plan: &Plan, session: &Session<'_>, format: Format) -> Result<Row, CliError> {
    let runs = plan.steps.is_empty();
    if let (Format::Text, Some(release), false) = (format, &plan.release, runs) {
        output::note(&format!("{} {} as {}", plan.goal, plan.scope, release.id));
    }
    let outcome = engine.run(plan, session)?;
    if format == Format::Text {
        refusal::outcome(&outcome);
    }
    let kind = perform::kind(&outcome);
    let mut row = match outcome {
        Outcome::Done => Row::new(&plan.scope, if runs { Back::Runs } else { Back::Started }, kind),
        Outcome::Undone { failure } | Outcome::Stuck { failure, .. } => {
            Row { message: Some(failure.message), ..Row::new(&plan.scope, Back::Failed, kind) }
        }
    };
    if let Some(release) = &plan.release {
        let url = engine::entry_url(&release.manifest, &engine.ledger.addresses(&plan.scope)?);
        row.release = Some(release.id.to_string());
        row.url = url.filter(|_| row.outcome != Back::Failed);
    }
    Ok(row)
}

/// The plan of a scope; `None` when nothing of it is live.
fn plan(engine: &Engine, scope: &Scope) -> Result<Option<Result<Plan, Refusal>>, CliError> {
    let Some(live) = engine.ledger.live(scope)? else { return Ok(None) };
    let manifest = live.release.manifest;
    let observed = engine.observe(&manifest, None)?;
    Ok(Some(perform::checked(&Goal::Boot, &manifest, &observed)))
}

fn print_plans(common: &Common) -> Result<ExitKind, CliError> {
    let engine = composition::engine()?;
    let mut worst = ExitKind::Done;
    for scope in scopes(&engine, common)? {
        match plan(&engine, &scope)? {
            Some(Ok(plan)) => super::plan::print(&plan, common.format),
            Some(Err(refusal)) => worst = worst.max(perform::refuse(&refusal, common.format)),
            None => {}
        }
    }
    Ok(worst)
}

fn code<S: Serializer>(kind: &ExitKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(kind.code())
}

impl Row {
    fn new(scope: &Scope, outcome: Back, kind: ExitKind) -> Self {
        let (project, environment) = (scope.project.to_string(), scope.environment.to_string());
        Self { project, environment, release: None, outcome, kind, url: None, message: None }
    }

    fn line(&self, style: Style) -> String {
        let name = format!("{}/{}", self.project, self.environment);
        let release = self.release.as_deref().unwrap_or_default();
        let url = self.url.as_ref().map(|url| format!("  {url}")).unwrap_or_default();
        match self.outcome {
            Back::Runs => format!("{} {name}  {release} runs already{url}", style.good("✓")),
            Back::Started => format!("{} {name}  {release} is live{url}", style.good("✓")),
            Back::Down => format!("{} {name}  nothing was live", style.dim("-")),
            Back::Failed => {
                let why = self.message.as_deref().unwrap_or("see above");
                format!("{} {name}  does not run: {why}", style.bad("✗"))
            }
        }
    }
}

fn refused(scope: &Scope, refusal: &Refusal, format: Format) -> Row {
    let kind = perform::refuse(refusal, format);
    let messages: Vec<&str> = refusal.findings.iter().map(|finding| finding.message.as_str()).collect();
    Row { message: Some(messages.join("; ")), ..Row::new(scope, Back::Failed, kind) }
}

/// One that cannot even be looked at is no reason to leave the others down.
fn failed(scope: &Scope, error: CliError, format: Format) -> Row {
    if format == Format::Text {
        let _code = output::error(&error, format);
    }
    Row { message: Some(error.message), ..Row::new(scope, Back::Failed, error.kind) }
}

fn print(rows: Vec<Row>, worst: ExitKind, format: Format) {
    if format == Format::Json {
        let summary = Summary { exit: worst.code(), projects: rows };
        return output::line(&serde_json::to_string(&summary).unwrap_or_default());
    }
    let style = Style::for_stdout();
    rows.iter().for_each(|row| output::line(&row.line(style)));
    if rows.is_empty() {
        output::line("nothing was up");
    }
}
