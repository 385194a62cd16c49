//! What happens at start: take the folder, throw away what was never finished, read the index.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Entry, Objects, Record};
use crate::BucketError;

const SUFFIX: &str = ".object";

pub(super) struct Loaded {
    pub(super) buckets: BTreeMap<String, Objects>,
    pub(super) next_sequence: u64,
}

pub(super) fn buckets_path(root: &Path) -> PathBuf {
    root.join("buckets")
}

pub(super) fn incoming_path(root: &Path) -> PathBuf {
    root.join("incoming")
}

/// Sixteen digits, so that names sort like their numbers.
pub(super) fn object_name(sequence: u64) -> String {
    format!("{sequence:016x}{SUFFIX}")
}

/// Makes the folders and locks them for this process.
pub(super) fn take(root: &Path) -> Result<File, BucketError> {
    for folder in [root.to_owned(), buckets_path(root), incoming_path(root)] {
        at(&folder, fs::create_dir_all(&folder))?;
    }
    let path = root.join("lock");
    let lock = at(&path, File::options().create(true).append(true).open(&path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(BucketError::Busy { root: root.to_owned() }),
        Err(TryLockError::Error(source)) => return Err(BucketError::Folder { path, source }),
    }
    for unfinished in names(&incoming_path(root))? {
        let path = incoming_path(root).join(unfinished);
        at(&path, fs::remove_file(&path))?;
    }
    Ok(lock)
}

pub(super) fn buckets(root: &Path) -> Result<Loaded, BucketError> {
    let mut loaded = Loaded { buckets: BTreeMap::new(), next_sequence: 1 };
    for bucket in names(&buckets_path(root))? {
        let folder = buckets_path(root).join(&bucket);
        let mut objects = Objects::new();
        for name in names(&folder)? {
            let Some(sequence) = sequence_of(&name) else { continue };
            loaded.next_sequence = loaded.next_sequence.max(sequence.saturating_add(1));
            let path = folder.join(&name);
            let read = File::open(&path).and_then(|mut file| Record::read_from(&mut file));
            // A file that is not an object is left for a person to look at.
            let Some(record) = at(&path, read)? else { continue };
            let entry = Entry { record: Arc::new(record), sequence };
            if let Some(older) = keep_newer(&mut objects, entry) {
                let path = folder.join(object_name(older));
                at(&path, fs::remove_file(&path))?;
            }
        }
        loaded.buckets.insert(bucket, objects);
    }
    Ok(loaded)
}

/// Adds an entry; the number of the older file when there are two of one key.
fn keep_newer(objects: &mut Objects, entry: Entry) -> Option<u64> {
    let key = entry.record.key.clone();
    let sequence = entry.sequence;
    match objects.get(&key) {
        Some(other) if other.sequence > sequence => Some(sequence),
        Some(_) | None => objects.insert(key, entry).map(|older| older.sequence),
    }
}

fn sequence_of(name: &str) -> Option<u64> {
    u64::from_str_radix(name.strip_suffix(SUFFIX)?, 16).ok()
}

/// The names in a folder that are UTF-8; we write no others.
fn names(folder: &Path) -> Result<Vec<String>, BucketError> {
    let entries: io::Result<Vec<_>> = at(folder, fs::read_dir(folder))?.collect();
    let entries = at(folder, entries)?;
    Ok(entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, BucketError> {
    result.map_err(|source| BucketError::Folder { path: path.to_owned(), source })
}
