//! Views: what the log says, folded into what someone asks. Each view names the events it reads and folds them in order.

mod addresses;
mod live;
mod releases;
mod run;

pub use run::{InterruptedRun, RunView};

use crate::error::LedgerError;
use crate::log::{scope as parse_scope, select};
use crate::store::Ledger;
use model::id::{RunId, Scope};
use model::observed::{Addresses, LiveRelease};
use model::release::ReleaseView;
use rusqlite::{OptionalExtension, params};

/// The newest event of one kind in a scope.
const NEWEST: &str = "seq = (SELECT max(seq) FROM events WHERE scope = ? AND kind = ?)";

impl Ledger {
    /// Every scope that something happened in, sorted.
    ///
    /// # Errors
    /// [`LedgerError`] when the log cannot be read.
    pub fn scopes(&self) -> Result<Vec<Scope>, LedgerError> {
        self.read(|transaction| {
            let mut statement = transaction.prepare("SELECT DISTINCT scope FROM events ORDER BY scope")?;
            let names = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            Ok(names.iter().filter_map(|name| parse_scope(name)).collect())
        })
    }

    /// Every release of a scope, oldest first.
    ///
    /// # Errors
    /// [`LedgerError`] when the log cannot be read.
    pub fn releases(&self, scope: &Scope) -> Result<Vec<ReleaseView>, LedgerError> {
        let condition = format!("scope = ? AND kind IN ({})", quoted(releases::KINDS));
        let events = self.read(|transaction| select(transaction, &condition, &[&scope.to_string()]))?;
        Ok(releases::fold(events.into_iter().map(|(_, event)| event)))
    }

    /// The number that the next release of a scope gets, from 1. Numbers are never given twice.
    ///
    /// # Errors
    /// [`LedgerError`] when the log cannot be read.
    pub fn next_release_number(&self, scope: &Scope) -> Result<u32, LedgerError> {
        let releases = self.releases(scope)?;
        let highest = releases.iter().filter_map(|view| view.release.id.number()).max();
        Ok(highest.unwrap_or(0).saturating_add(1))
    }

    /// The release that serves a scope.
    ///
    /// # Errors
    /// [`LedgerError`] when the log cannot be read.
    pub fn live(&self, scope: &Scope) -> Result<Option<LiveRelease>, LedgerError> {
        let condition = format!("scope = ? AND kind IN ({})", quoted(live::KINDS));
        let events = self.read(|transaction| select(transaction, &condition, &[&scope.to_string()]))?;
        Ok(live::fold(events.into_iter().map(|(_, event)| event)))
    }

    /// The ports that were given in a scope.
    ///
    /// # Errors
    /// [`LedgerError`] when the log cannot be read.
    pub fn addresses(&self, scope: &Scope) -> Result<Addresses, LedgerError> {
        let values = (scope.to_string(), addresses::KIND);
        let events = self.read(|transaction| select(transaction, NEWEST, &[&values.0, &values.1]))?;
        Ok(addresses::fold(events.into_iter().map(|(_, event)| event)))
    }

    /// The newest run of a scope that began and did not end. Whether its owner still lives is for the caller to find out.
    ///
    /// # Errors
    /// [`LedgerError`] when the log cannot be read.
    pub fn interrupted(&self, scope: &Scope) -> Result<Option<InterruptedRun>, LedgerError> {
        let open =
            "SELECT run FROM events AS started WHERE scope = ?1 AND kind = 'run-started' AND NOT EXISTS
                (SELECT 1 FROM events WHERE scope = ?1 AND run = started.run AND kind = 'run-ended')
            ORDER BY seq DESC LIMIT 1";
        let name = scope.to_string();
        let events = self.read(|transaction| {
            let run: Option<String> = transaction.query_row(open, [&name], |row| row.get(0)).optional()?;
            match run {
                Some(run) => select(transaction, "scope = ? AND run = ?", &[&name, &run]),
                None => Ok(Vec::new()),
            }
        })?;
        Ok(run::interrupted(events.into_iter().map(|(_, event)| event)))
    }

    /// The newest runs of a scope, newest first.
    ///
    /// # Errors
    /// [`LedgerError`] when the log cannot be read.
    pub fn runs(&self, scope: &Scope, limit: usize) -> Result<Vec<RunView>, LedgerError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let newest = "scope = ?1 AND run IN
            (SELECT run FROM events WHERE scope = ?1 AND kind = 'run-started' ORDER BY seq DESC LIMIT ?2)";
        let events = self.read(|transaction| select(transaction, newest, &[&scope.to_string(), &limit]))?;
        Ok(run::views(events.into_iter().map(|(_, event)| event)))
    }

    /// One run of a scope, by id.
    ///
    /// # Errors
    /// [`LedgerError`] when the log cannot be read.
    pub fn run(&self, scope: &Scope, id: &RunId) -> Result<Option<RunView>, LedgerError> {
        let values = params![scope.to_string(), id.as_str()];
        let events = self.read(|transaction| select(transaction, "scope = ? AND run = ?", values))?;
        Ok(run::views(events.into_iter().map(|(_, event)| event)).pop())
    }
}

/// Kinds as a list in SQL; they are our own constants, letters and hyphens only.
fn quoted(kinds: &[&str]) -> String {
    kinds.iter().map(|kind| format!("'{kind}'")).collect::<Vec<_>>().join(", ")
}
