//! The log: append, read, verify.

use crate::error::{Fault, LedgerError};
use crate::store::Ledger;
use model::event::{Event, EventBody, FORMAT};
use model::id::{EnvironmentName, ProjectName, Scope};
use model::unit::Timestamp;
use rusqlite::{OptionalExtension, Row, ToSql, Transaction, params};
use sha2::{Digest, Sha256};

/// The place of an event in the log, from 1. It rises with every event of any scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(pub u64);

/// The hash before the first event.
const GENESIS: [u8; 32] = [0; 32];

/// A row as it stands in the file.
struct Stored {
    seq: i64,
    scope: String,
    kind: String,
    run: Option<String>,
    at: i64,
    format: i64,
    body: String,
}

const COLUMNS: &str = "seq, scope, kind, run, at, format, body";

impl Stored {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            scope: row.get(1)?,
            kind: row.get(2)?,
            run: row.get(3)?,
            at: row.get(4)?,
            format: row.get(5)?,
            body: row.get(6)?,
        })
    }

    /// SHA-256 over the hash before and every column, each with its length, so that no two rows run into each other.
    fn hash(&self, previous: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(previous);
        let run = self.run.as_deref().unwrap_or("");
        for number in [self.seq, self.at, self.format] {
            hash.update(number.to_le_bytes());
        }
        for text in [&self.scope, &self.kind, run, &self.body] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        hash.finalize().to_vec()
    }

    fn seq(&self) -> u64 {
        u64::try_from(self.seq).unwrap_or(0)
    }

    /// The event, or `None` for one that only a newer version understands.
    fn event(self) -> Result<Option<(Seq, Event)>, Fault> {
        let seq = self.seq();
        let broken = |reason: String| Fault::Row { seq, reason };
        let ours = EventBody::KINDS.contains(&self.kind.as_str());
        match serde_json::from_str(&self.body) {
            Ok(body) => {
                let scope =
                    scope(&self.scope).ok_or_else(|| broken(format!("`{}` is no scope", self.scope)))?;
                Ok(Some((Seq(seq), Event { at: Timestamp(self.at), scope, body })))
            }
            Err(_) if !ours || self.format > i64::from(FORMAT) => Ok(None),
            Err(error) => Err(broken(format!("a `{}` event cannot be read: {error}", self.kind))),
        }
    }
}

pub(crate) fn scope(text: &str) -> Option<Scope> {
    let (project, environment) = text.split_once('/')?;
    Some(Scope {
        project: ProjectName::new(project).ok()?,
        environment: EnvironmentName::new(environment).ok()?,
    })
}

/// Reads events by a condition on the rows, in order; those of newer versions are left out.
pub(crate) fn select(
    transaction: &Transaction<'_>,
    condition: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<(Seq, Event)>, Fault> {
    let mut statement = transaction
        .prepare_cached(&format!("SELECT {COLUMNS} FROM events WHERE {condition} ORDER BY seq"))?;
    let mut events = Vec::new();
    for row in statement.query_map(values, Stored::of)? {
        events.extend(row?.event()?);
    }
    Ok(events)
}

impl Ledger {
    /// Writes an event at the end. It is on the disk when this returns.
    ///
    /// # Errors
    /// [`LedgerError`] when it cannot be written; then it is not in the log.
    pub fn append(&self, event: &Event) -> Result<Seq, LedgerError> {
        self.append_all(std::slice::from_ref(event))
    }

    /// Writes events at the end, in order, all or none: one wait for the disk, however many they are. Returns the place of
    /// the last one.
    ///
    /// # Errors
    /// [`LedgerError`] when they cannot be written; then none of them is in the log.
    pub fn append_all(&self, events: &[Event]) -> Result<Seq, LedgerError> {
        let rows = events.iter().map(|event| self.row(event)).collect::<Result<Vec<_>, _>>()?;
        self.write(|transaction| {
            let (mut seq, mut previous) = last(transaction)?;
            let mut insert = transaction.prepare_cached(&format!(
                "INSERT INTO events ({COLUMNS}, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            ))?;
            for row in rows {
                seq += 1;
                let row = Stored { seq, ..row };
                previous = row.hash(&previous);
                let Stored { scope, kind, run, at, format, body, .. } = &row;
                insert.execute(params![seq, scope, kind, run, at, format, body, previous])?;
            }
            Ok(Seq(u64::try_from(seq).unwrap_or(0)))
        })
    }

    /// An event as a row that has no place yet.
    fn row(&self, event: &Event) -> Result<Stored, LedgerError> {
        let body = serde_json::to_string(&event.body).map_err(|error| LedgerError::Unusable {
            path: self.path().to_owned(),
            reason: format!("a `{}` event cannot be written as JSON: {error}", event.body.kind()),
        })?;
        Ok(Stored {
            seq: 0,
            scope: event.scope.to_string(),
            kind: event.body.kind().to_owned(),
            run: event.body.run().map(ToString::to_string),
            at: event.at.0,
            format: i64::from(FORMAT),
            body,
        })
    }

    /// The events of a scope after a place in the log, oldest first. Those that only a newer version understands are left out.
    ///
    /// # Errors
    /// [`LedgerError`] when the log cannot be read.
    pub fn events(&self, scope: &Scope, after: Seq) -> Result<Vec<(Seq, Event)>, LedgerError> {
        let after = i64::try_from(after.0).unwrap_or(i64::MAX);
        self.read(|transaction| select(transaction, "scope = ? AND seq > ?", &[&scope.to_string(), &after]))
    }

    /// The last events of a scope, oldest first.
    ///
    /// # Errors
    /// [`LedgerError`] when the log cannot be read.
    pub fn tail(&self, scope: &Scope, limit: usize) -> Result<Vec<(Seq, Event)>, LedgerError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let condition = "seq IN (SELECT seq FROM events WHERE scope = ? ORDER BY seq DESC LIMIT ?)";
        self.read(|transaction| select(transaction, condition, &[&scope.to_string(), &limit]))
    }

    /// Checks that every event is there and as it was written. Returns their number.
    ///
    /// # Errors
    /// [`LedgerError::Broken`] names the first event that was changed, added or lost outside of Mainstay.
    pub fn verify(&self) -> Result<u64, LedgerError> {
        self.read(|transaction| {
            let mut statement =
                transaction.prepare(&format!("SELECT {COLUMNS}, hash FROM events ORDER BY seq"))?;
            let mut rows = statement.query([])?;
            let (mut count, mut previous) = (0_i64, GENESIS.to_vec());
            while let Some(row) = rows.next()? {
                let stored = Stored::of(row)?;
                let found: Vec<u8> = row.get(7)?;
                let expected = count + 1;
                if stored.seq != expected {
                    return Err(lost(expected));
                }
                previous = stored.hash(&previous);
                if found != previous {
                    let reason = "its content does not fit its hash".to_owned();
                    return Err(Fault::Row { seq: stored.seq(), reason });
                }
                count = expected;
            }
            // SQLite remembers the highest number it ever gave, so a cut-off end shows too.
            let given: Option<i64> = transaction
                .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'events'", [], |row| row.get(0))
                .optional()?;
            if given.unwrap_or(0) > count {
                return Err(lost(count + 1));
            }
            Ok(u64::try_from(count).unwrap_or(0))
        })
    }
}

fn lost(seq: i64) -> Fault {
    Fault::Row { seq: u64::try_from(seq).unwrap_or(0), reason: "it is missing".to_owned() }
}

/// The number and hash of the newest event of any scope.
fn last(transaction: &Transaction<'_>) -> Result<(i64, Vec<u8>), Fault> {
    let row = transaction
        .prepare_cached("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row.unwrap_or_else(|| (0, GENESIS.to_vec())))
}
