//! The file: how it is made, opened and brought up to date.

use crate::error::{Fault, LedgerError};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a writer waits for another before it gives up.
const BUSY: Duration = Duration::from_secs(10);

/// What turns format `n` into format `n + 1`, in order. Entries are never changed, only added.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE events (
        seq    INTEGER PRIMARY KEY AUTOINCREMENT,
        scope  TEXT NOT NULL,
        kind   TEXT NOT NULL,
        run    TEXT,
        at     INTEGER NOT NULL,
        format INTEGER NOT NULL,
        body   TEXT NOT NULL,
        hash   BLOB NOT NULL
    );
    CREATE INDEX events_kind ON events (scope, kind);
    CREATE INDEX events_run ON events (scope, run);
    CREATE TRIGGER events_unchanged BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
    CREATE TRIGGER events_kept BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
    CREATE TABLE locks (
        token   INTEGER PRIMARY KEY AUTOINCREMENT,
        scope   TEXT NOT NULL UNIQUE,
        owner   TEXT NOT NULL,
        since   INTEGER NOT NULL,
        expires INTEGER NOT NULL
    );
"];

/// The ledger of one machine and user. Cheap to clone; may be used from several threads and processes at once.
#[derive(Debug, Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Ledger {
    /// Opens the ledger at `path`, making its folder (0700) and file (0600) if they are not there.
    ///
    /// # Errors
    /// [`LedgerError`] when the disk is full, the file must not be written, is damaged or is of a newer format.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, LedgerError> {
        let path = path.into();
        let connection = open(&path).map_err(|fault| fault.at(&path))?;
        Ok(Self { inner: Arc::new(Inner { path, connection: Mutex::new(connection) }) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Reads from one consistent state.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        self.transact(TransactionBehavior::Deferred, work)
    }

    /// Writes all or nothing; durable when it returns.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        self.transact(TransactionBehavior::Immediate, work)
    }

    fn transact<T>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        // A panic elsewhere leaves no half transaction: dropping one rolls it back.
        let mut connection = self.inner.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let run = || {
            let transaction = connection.transaction_with_behavior(behavior)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run().map_err(|fault: Fault| fault.at(&self.inner.path))
    }
}

fn open(path: &Path) -> Result<Connection, Fault> {
    create(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    refuse_newer(path, &connection)?;
    use_write_ahead_log(&connection)?;
    migrate(path, &mut connection)?;
    Ok(connection)
}

/// Makes folder and file with the right modes; SQLite gives its side files the mode of the main one.
fn create(path: &Path) -> Result<(), Fault> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut options = OpenOptions::new();
    match options.read(true).write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => File::open(folder)?.sync_all()?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            OpenOptions::new().read(true).write(true).open(path)?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// SQLite does not wait its busy time when two processes switch a new file over at once, so this does.
fn use_write_ahead_log(connection: &Connection) -> Result<(), Fault> {
    let pause = Duration::from_millis(20);
    let mut tries = BUSY.as_millis() / pause.as_millis();
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())) {
            Err(error) if tries > 0 && error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                tries -= 1;
                std::thread::sleep(pause);
            }
            other => return Ok(other?),
        }
    }
}

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

fn format(connection: &Connection) -> Result<i64, Fault> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

fn refuse_newer(path: &Path, connection: &Connection) -> Result<(), Fault> {
    let found = format(connection)?;
    if found > known() {
        return Err(LedgerError::Newer { path: path.to_owned(), found, known: known() }.into());
    }
    Ok(())
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), Fault> {
    if format(connection)? == known() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again: another process may have been first.
    refuse_newer(path, &transaction)?;
    let done = usize::try_from(format(&transaction)?).unwrap_or(0);
    for migration in &MIGRATIONS[done.min(MIGRATIONS.len())..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known())?;
    transaction.commit()?;
    Ok(())
}
