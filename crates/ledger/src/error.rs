//! What can go wrong with the ledger, and what to do about it.

use model::ExitKind;
use model::event::Owner;
use model::id::Scope;
use model::unit::Timestamp;
use rusqlite::ErrorCode;
use std::io;
use std::path::{Path, PathBuf};

/// Why the ledger could not do what it was asked. Nothing was written when one of these comes back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// No room on the disk.
    #[error("the ledger {} cannot be written: the disk is full ({reason})", .path.display())]
    Full {
        /// The ledger's file.
        path: PathBuf,
        /// The machine's words.
        reason: String,
    },
    /// The file or its folder must not be written.
    #[error("the ledger {} cannot be written: {reason}", .path.display())]
    ReadOnly {
        /// The ledger's file.
        path: PathBuf,
        /// The machine's words.
        reason: String,
    },
    /// The file is damaged, or is something else.
    #[error("the ledger {} cannot be read: {reason}", .path.display())]
    Corrupt {
        /// The ledger's file.
        path: PathBuf,
        /// The store's words.
        reason: String,
    },
    /// A row does not fit the rows before it: the record was changed or lost outside of Mainstay.
    #[error("the ledger {} is broken at event {seq}: {reason}", .path.display())]
    Broken {
        /// The ledger's file.
        path: PathBuf,
        /// The first row that does not fit.
        seq: u64,
        /// What does not fit.
        reason: String,
    },
    /// Written by a newer Mainstay.
    #[error("the ledger {} has format {found}, this version reads up to {known}", .path.display())]
    Newer {
        /// The ledger's file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this version knows.
        known: i64,
    },
    /// Another process writes and does not come to an end.
    #[error("the ledger {} is in use by another process that does not finish writing", .path.display())]
    Busy {
        /// The ledger's file.
        path: PathBuf,
    },
    /// The machine refused for another reason.
    #[error("the ledger {} cannot be used: {reason}", .path.display())]
    Unusable {
        /// The ledger's file.
        path: PathBuf,
        /// The machine's words.
        reason: String,
    },
    /// Someone else works on the scope.
    #[error("{scope} is locked by {}@{} (process {})", .owner.user, .owner.host, .owner.pid)]
    Held {
        /// The scope.
        scope: Scope,
        /// Who holds the lock.
        owner: Box<Owner>,
        /// Since when.
        since: Timestamp,
        /// When it ends unless it is renewed.
        expires: Timestamp,
    },
    /// A lock that was held is gone: it was not renewed in time and someone else took it.
    #[error("the lock on {scope} was lost: it was not renewed in time")]
    Lost {
        /// The scope.
        scope: Scope,
    },
}

impl LedgerError {
    /// What this means for the exit code.
    pub const fn kind(&self) -> ExitKind {
        match self {
            Self::Full { .. }
            | Self::ReadOnly { .. }
            | Self::Newer { .. }
            | Self::Busy { .. }
            | Self::Unusable { .. }
            | Self::Held { .. } => ExitKind::Refused,
            Self::Corrupt { .. } | Self::Broken { .. } | Self::Lost { .. } => ExitKind::NeedsPerson,
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> String {
        match self {
            Self::Full { path, .. } => {
                format!("free some space on the disk that holds {}", folder(path).display())
            }
            Self::ReadOnly { path, .. } => format!(
                "give your user write access to {} and its folder, or point Mainstay's home elsewhere",
                path.display()
            ),
            Self::Corrupt { path, .. } | Self::Broken { path, .. } => {
                format!("move {} aside (keep it) and restore it from a backup", path.display())
            }
            Self::Newer { .. } => "use the Mainstay version that wrote it, or a later one".to_owned(),
            Self::Busy { path } => {
                format!("see who has it open with `fuser {}`, then try again", path.display())
            }
            Self::Unusable { path, .. } => {
                format!("check that {} is a folder on a local disk", folder(path).display())
            }
            Self::Held { owner, .. } => {
                format!("wait until process {} on {} is done, or end it", owner.pid, owner.host)
            }
            Self::Lost { scope } => format!("see what runs in {scope} now before trying again"),
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// What goes wrong inside the crate, before the path of the file is known to it.
#[derive(Debug)]
pub(crate) enum Fault {
    Sql(rusqlite::Error),
    Io(io::Error),
    /// A row that this version should be able to read and cannot.
    Row {
        seq: u64,
        reason: String,
    },
    Said(LedgerError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Self::Said(error)
    }
}

impl Fault {
    pub(crate) fn at(self, path: &Path) -> LedgerError {
        let path = path.to_owned();
        match self {
            Self::Said(error) => error,
            Self::Row { seq, reason } => LedgerError::Broken { path, seq, reason },
            Self::Io(error) => of_io(path, &error),
            Self::Sql(error) => of_sql(path, &error),
        }
    }
}

fn of_io(path: PathBuf, error: &io::Error) -> LedgerError {
    let reason = error.to_string();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LedgerError::Full { path, reason },
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            LedgerError::ReadOnly { path, reason }
        }
        _ => LedgerError::Unusable { path, reason },
    }
}

fn of_sql(path: PathBuf, error: &rusqlite::Error) -> LedgerError {
    let reason = error.to_string();
    let Some(failure) = error.sqlite_error() else {
        return LedgerError::Corrupt { path, reason };
    };
    match failure.code {
        ErrorCode::DiskFull => LedgerError::Full { path, reason },
        // The shared-memory file beside the log is the one file whose growth SQLite does not report as a full disk.
        ErrorCode::SystemIoFailure if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
            LedgerError::Full { path, reason }
        }
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => LedgerError::ReadOnly { path, reason },
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::ConstraintViolation => {
            LedgerError::Corrupt { path, reason }
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => LedgerError::Busy { path },
        _ => LedgerError::Unusable { path, reason },
    }
}
