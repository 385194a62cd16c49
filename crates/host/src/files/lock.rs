//! Locks that end with their holder, even when it is killed.

use super::FileError;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// A lock that is held until this is dropped or the process ends.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
}

/// Takes the lock at `path`, or says `None` when someone else holds it. The file is made if need be and stays.
///
/// # Errors
/// When the file cannot be opened or the file system has no locks.
pub fn try_lock(path: &Path) -> Result<Option<FileLock>, FileError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(path).map_err(FileError::of("open lock", path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(FileLock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(FileError::of("lock", path)(error)),
    }
}

/// Takes the lock at `path`, waiting up to `patience` for it; `None` when it was held all the time.
///
/// # Errors
/// As for [`try_lock`].
pub fn lock(path: &Path, patience: Duration) -> Result<Option<FileLock>, FileError> {
    let deadline = Instant::now() + patience;
    loop {
        match try_lock(path)? {
            Some(held) => return Ok(Some(held)),
            None if Instant::now() >= deadline => return Ok(None),
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}
