//! Files of the repository are written by a plan, like every other change.

use super::perform::{inputs, kind};
use crate::arguments::Format;
use crate::composition;
use crate::error::CliError;
use crate::output::progress::Screen;
use crate::output::refusal;
use crate::signal;
use engine::Session;
use model::ExitKind;
use model::id::Scope;
use planner::goal::scaffold::{self, FileChange};
use std::path::Path;

/// Writes these files into the repository at `root`.
///
/// # Errors
/// When the record cannot be opened or someone else works on the scope.
pub fn write(
    format: Format,
    root: &Path,
    scope: &Scope,
    changes: &[FileChange],
) -> Result<ExitKind, CliError> {
    let engine = composition::engine()?;
    let guard = engine.lock(scope)?;
    let screen = Screen::new(format, false);
    let cancel = signal::cancel_on_interrupt();
    let session = Session { root: Some(root.to_path_buf()), watcher: &screen, cancel, guard: &guard };
    let observed = engine.known(scope)?;
    let plan = scaffold::plan(changes, &observed, &inputs(&observed));
    let outcome = engine.run(&plan, &session)?;
    refusal::outcome(&outcome);
    Ok(kind(&outcome))
}
