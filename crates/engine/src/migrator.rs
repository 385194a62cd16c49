//! Performs migrations with the project's own tool, one at a time for a database.
//!
//! Most tools have no lock of their own, so one in the database is held around them, on a connection that ends with this
//! process. What was applied is read from the tool's own bookkeeping before and after, not guessed from its output.

mod books;
mod lock;

use crate::driver::{Launch, MigrationRequest, Migrator, Progress, Variables};
use crate::error::DriverError;
use crate::tool::Tool;
use books::{Book, State};
use host::process::Command;
use lock::Lock;
use model::Secret;
use model::event::FailureKind;
use model::facts::MigrationTool;
use model::id::Scope;

/// How long a statement of a migration may wait for a table that someone else uses, before it gives up and everyone
/// behind it goes on. Taken over by tools that connect as libpq does; Prisma's engine does not.
const LOCK_TIMEOUT: &str = "-c lock_timeout=10s";

/// A tool that is run to its end.
pub struct Job<'a> {
    /// For whom.
    pub scope: &'a Scope,
    /// What to run, and where.
    pub launch: &'a Launch,
    /// All of its environment.
    pub env: Variables,
    /// Values that must not be seen.
    pub secrets: Variables,
    /// For people: `` `npx prisma migrate deploy` ``.
    pub title: String,
}

/// Where tools run.
pub trait Jobs: Send + Sync {
    /// Runs one to its end; each line it writes goes to `progress`.
    ///
    /// # Errors
    /// When it cannot be started, is cancelled, or fails; the evidence holds its last lines.
    fn run(&self, job: &Job<'_>, progress: &mut dyn Progress) -> Result<(), DriverError>;
}

/// Tools run as plain processes of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnMachine;

impl Jobs for OnMachine {
    fn run(&self, job: &Job<'_>, progress: &mut dyn Progress) -> Result<(), DriverError> {
        let (program, arguments) = job.launch.command.split_first().ok_or_else(|| {
            DriverError::new(FailureKind::Migration, "the migration has no command")
                .advise("set `migrations.command` of the service")
        })?;
        let tool = Tool {
            command: Command::new(program, &job.launch.directory).args(arguments).env(job.env.clone()),
            kind: FailureKind::Migration,
            title: job.title.clone(),
            secrets: &job.secrets,
        };
        tool.run(progress).map(|_| ())
    }
}

/// Runs the migration tool of the repository, somewhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct ToolMigrator<J = OnMachine>(pub J);

impl<J: Jobs> Migrator for ToolMigrator<J> {
    fn migrate(
        &self,
        request: &MigrationRequest<'_>,
        progress: &mut dyn Progress,
    ) -> Result<String, DriverError> {
        let tool = request.migrations.tool;
        let Some(mut lock) = take_lock(request, progress)? else {
            return self.run(request, progress).map(|()| "without a lock".into()).map_err(migration);
        };
        let book = Book::of(tool);
        let before = lock.read(book)?;
        if let Some(failed) = before.failed.first() {
            progress.line(&format!("an earlier migration, {failed}, is recorded as failed"));
        }
        let ran = self.run(request, progress);
        match (ran, lock.read(book)) {
            (Ok(()), Ok(after)) => Ok(after.since(&before)),
            // It did its work; only the look at it failed.
            (Ok(()), Err(_)) => Ok("done".into()),
            (Err(error), after) => Err(explain(migration(error), tool, &before, after.ok().as_ref())),
        }
    }
}

fn take_lock(
    request: &MigrationRequest<'_>,
    progress: &mut dyn Progress,
) -> Result<Option<Lock>, DriverError> {
    let Some(url) = &request.database else {
        progress.line(
            "the database's address is not known here, so no lock is held: let nobody else migrate now",
        );
        return Ok(None);
    };
    let Some(config) = lock::config(url) else {
        progress.line(
            "no lock is held: the database is no PostgreSQL or wants encryption; let nobody else migrate now",
        );
        return Ok(None);
    };
    Lock::take(config, progress).map(Some)
}

impl<J: Jobs> ToolMigrator<J> {
    fn run(&self, request: &MigrationRequest<'_>, progress: &mut dyn Progress) -> Result<(), DriverError> {
        let launch = &request.launch;
        let plain = launch.env.iter().map(|(name, value)| (name.clone(), Secret::new(value.clone())));
        let mut env: Variables = plain.collect();
        env.insert("PGOPTIONS".into(), Secret::new(LOCK_TIMEOUT));
        env.extend(request.env.clone());
        let hidden = request.env.iter().filter(|(name, _)| request.secrets.contains(name));
        let secrets = hidden.map(|(name, value)| (name.clone(), value.clone())).collect();
        let title = format!("`{}`", request.migrations.command);
        self.0.run(&Job { scope: request.scope, launch, env, secrets, title }, progress)
    }
}

/// What a tool that is not there is for the transaction: a failed migration as well.
fn migration(mut error: DriverError) -> DriverError {
    if error.0.kind == FailureKind::Machine {
        error.0.kind = FailureKind::Migration;
    }
    error
}

/// Says in which state the database is now, and what to do.
fn explain(
    mut error: DriverError,
    tool: MigrationTool,
    before: &State,
    after: Option<&State>,
) -> DriverError {
    let Some(after) = after.filter(|after| after.known) else {
        return error
            .advise("the database could not be looked at afterwards; see what is applied before you go on");
    };
    let applied = after.new_since(before);
    let advice = match (tool, after.failed.first()) {
        (MigrationTool::Prisma, Some(failed)) => {
            error.0.message = format!("migration {failed} failed: {}", error.0.message);
            let at = after.logs.clone();
            error = error.show(format!("what the database holds on {failed}"), at);
            format!(
                "Prisma refuses every further migration (P3009) until {failed} is resolved. Look whether any of its changes are \
                 in the database: if not, `npx prisma migrate resolve --rolled-back {failed}`; if all are, \
                 `npx prisma migrate resolve --applied {failed}`. Then mend the migration and deploy again"
            )
        }
        _ if applied.is_empty() => format!(
            "nothing was applied, the database is as before{}; mend the migration and deploy again",
            after.at()
        ),
        _ => format!(
            "{} applied before the failure and stay{}; mend the migration that failed and deploy again",
            count(&applied),
            after.at()
        ),
    };
    let waited = error
        .0
        .evidence
        .iter()
        .flat_map(|evidence| &evidence.lines)
        .any(|line| line.contains("lock timeout"));
    if waited {
        return error
            .advise(format!("someone else was using the table; try again when it is quiet. Also: {advice}"));
    }
    error.advise(advice)
}

/// `2 migrations were (a, b)`.
fn count(names: &[String]) -> String {
    match names {
        [one] => format!("1 migration was ({one})"),
        more => format!("{} migrations were ({})", more.len(), more.join(", ")),
    }
}
