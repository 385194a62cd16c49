//! `mainstay releases`: every release, newest first.

use super::perform::known_scope;
use crate::arguments::{Common, Format};
use crate::composition;
use crate::error::CliError;
use crate::output::{self, table::Table, time};
use model::ExitKind;
use model::release::{ReleaseState, ReleaseView};
use serde::Serialize;

#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    state: ReleaseState,
    created: String,
    live_since: Option<String>,
    revision: Option<&'a str>,
    dirty: bool,
    subject: Option<&'a str>,
    failure: Option<&'a str>,
}

impl<'a> View<'a> {
    fn of(view: &'a ReleaseView) -> Self {
        let source = &view.release.source;
        Self {
            id: view.release.id.as_str(),
            state: view.state,
            created: time::utc(view.release.created),
            live_since: view.live_since.map(time::utc),
            revision: source.revision.as_deref(),
            dirty: source.dirty,
            subject: source.subject.as_deref(),
            failure: view.failure.as_deref(),
        }
    }
}

pub fn run(common: &Common) -> Result<ExitKind, CliError> {
    let engine = composition::engine()?;
    let scope = known_scope(common)?;
    let releases = engine.ledger.releases(&scope)?;
    let views: Vec<View<'_>> = releases.iter().rev().map(View::of).collect();
    match common.format {
        Format::Json => output::json(&views),
        Format::Text if views.is_empty() => output::line(&format!("{scope} has no releases yet")),
        Format::Text => text(&views),
    }
    Ok(ExitKind::Done)
}

fn text(views: &[View<'_>]) {
    let mut table = Table::new(&["RELEASE", "STATE", "CREATED", "COMMIT", ""]);
    for view in views {
        let state = match view.state {
            ReleaseState::Pending => "pending",
            ReleaseState::Live => "live",
            ReleaseState::Retired => "retired",
            ReleaseState::Failed => "failed",
            ReleaseState::Pruned => "pruned",
        };
        let commit = view.revision.map_or("-".to_owned(), |revision| revision.chars().take(7).collect());
        let commit = if view.dirty { format!("{commit}+") } else { commit };
        let words = view.failure.or(view.subject).unwrap_or_default();
        table.row(vec![
            view.id.into(),
            state.into(),
            view.created.clone(),
            commit,
            words.chars().take(80).collect(),
        ]);
    }
    table.lines().iter().for_each(|line| output::line(line));
}
