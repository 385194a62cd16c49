//! Objects as files that are whole or not there.
//!
//! ```text
//! ROOT/lock                               held while a server runs
//! ROOT/incoming/<n>                       being written; emptied at start
//! ROOT/buckets/<bucket>/<sequence>.object one object: content, then its record (see `record`)
//! ```
//!
//! An object is written to `incoming`, synced, renamed into its bucket, and the folder is synced; only then is it
//! acknowledged. A file is named by a growing number, not by its key: any key is possible, and when a crash leaves two
//! files of one key the larger number is the newer. The index from key to file lives in memory and is read at start.

mod incoming;
mod listing;
mod load;
mod record;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io};

pub(crate) use incoming::Incoming;
pub(crate) use listing::{Listed, Page, Query};
pub(crate) use record::{Attributes, Record};

use crate::BucketError;

/// What a request asked for and the store refuses.
#[derive(Debug)]
pub(crate) enum StoreError {
    NoSuchBucket,
    BucketNotEmpty,
    KeyExists,
    Io(io::Error),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// When an object may be put in the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replace {
    Allowed,
    Refused,
}

/// An object's record and the number of its file.
struct Entry {
    record: Arc<Record>,
    sequence: u64,
}

type Objects = BTreeMap<String, Entry>;

pub(crate) struct Store {
    root: PathBuf,
    buckets: Mutex<BTreeMap<String, Objects>>,
    sequence: AtomicU64,
    /// Locked as long as it is open.
    _lock: File,
}

impl Store {
    /// Takes the folder and reads what is in it.
    pub(crate) fn open(root: &Path) -> Result<Self, BucketError> {
        let lock = load::take(root)?;
        let loaded = load::buckets(root)?;
        Ok(Self {
            root: root.to_owned(),
            buckets: Mutex::new(loaded.buckets),
            sequence: AtomicU64::new(loaded.next_sequence),
            _lock: lock,
        })
    }

    /// Makes a bucket; false when it was there. The caller has checked the name.
    pub(crate) fn create_bucket(&self, bucket: &str) -> io::Result<bool> {
        let mut buckets = self.lock();
        if buckets.contains_key(bucket) {
            return Ok(false);
        }
        fs::create_dir(self.bucket_path(bucket))?;
        sync_folder(&load::buckets_path(&self.root))?;
        buckets.insert(bucket.to_owned(), Objects::new());
        Ok(true)
    }

    pub(crate) fn delete_bucket(&self, bucket: &str) -> Result<(), StoreError> {
        let mut buckets = self.lock();
        let objects = buckets.get(bucket).ok_or(StoreError::NoSuchBucket)?;
        if !objects.is_empty() {
            return Err(StoreError::BucketNotEmpty);
        }
        fs::remove_dir(self.bucket_path(bucket))?;
        sync_folder(&load::buckets_path(&self.root))?;
        buckets.remove(bucket);
        Ok(())
    }

    pub(crate) fn has_bucket(&self, bucket: &str) -> bool {
        self.lock().contains_key(bucket)
    }

    pub(crate) fn bucket_names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// A file to write an object or a part into. It goes away unless it is committed.
    pub(crate) fn begin(&self) -> io::Result<Incoming> {
        let number = self.next_sequence();
        Incoming::create(load::incoming_path(&self.root).join(number.to_string()))
    }

    /// Makes the object durable and visible, in the place of one with the same key.
    pub(crate) fn commit(
        &self,
        bucket: &str,
        mut incoming: Incoming,
        record: Record,
        replace: Replace,
    ) -> Result<(), StoreError> {
        incoming.seal(&record)?;
        let mut buckets = self.lock();
        let objects = buckets.get_mut(bucket).ok_or(StoreError::NoSuchBucket)?;
        if replace == Replace::Refused && objects.contains_key(&record.key) {
            return Err(StoreError::KeyExists);
        }
        let sequence = self.next_sequence();
        incoming.keep_as(&self.object_path(bucket, sequence))?;
        sync_folder(&self.bucket_path(bucket))?;
        let entry = Entry { record: Arc::new(record), sequence };
        if let Some(old) = objects.insert(entry.record.key.clone(), entry) {
            // When this fails the next start removes it: the newer file wins.
            let _ = fs::remove_file(self.object_path(bucket, old.sequence));
        }
        Ok(())
    }

    pub(crate) fn record(&self, bucket: &str, key: &str) -> Result<Option<Arc<Record>>, StoreError> {
        let buckets = self.lock();
        let objects = buckets.get(bucket).ok_or(StoreError::NoSuchBucket)?;
        Ok(objects.get(key).map(|entry| Arc::clone(&entry.record)))
    }

    /// The object's record and its file, positioned at the start of the content. The file stays readable when the
    /// object is replaced or deleted meanwhile.
    pub(crate) fn read(&self, bucket: &str, key: &str) -> Result<Option<(Arc<Record>, File)>, StoreError> {
        let buckets = self.lock();
        let objects = buckets.get(bucket).ok_or(StoreError::NoSuchBucket)?;
        let Some(entry) = objects.get(key) else { return Ok(None) };
        let file = File::open(self.object_path(bucket, entry.sequence))?;
        Ok(Some((Arc::clone(&entry.record), file)))
    }

    /// Deletes an object; one that is not there is fine.
    pub(crate) fn delete(&self, bucket: &str, key: &str) -> Result<(), StoreError> {
        let mut buckets = self.lock();
        let objects = buckets.get_mut(bucket).ok_or(StoreError::NoSuchBucket)?;
        let Some(entry) = objects.get(key) else { return Ok(()) };
        fs::remove_file(self.object_path(bucket, entry.sequence))?;
        objects.remove(key);
        sync_folder(&self.bucket_path(bucket))?;
        Ok(())
    }

    /// One page of a bucket's keys, in order.
    pub(crate) fn list(&self, bucket: &str, query: &Query) -> Result<Page, StoreError> {
        let buckets = self.lock();
        let objects = buckets.get(bucket).ok_or(StoreError::NoSuchBucket)?;
        Ok(listing::page(objects, query))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Objects>> {
        // The index is changed by single inserts and removals, so a panic elsewhere cannot leave it half changed.
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_sequence(&self) -> u64 {
        self.sequence.fetch_add(1, Ordering::Relaxed)
    }

    fn bucket_path(&self, bucket: &str) -> PathBuf {
        load::buckets_path(&self.root).join(bucket)
    }

    fn object_path(&self, bucket: &str, sequence: u64) -> PathBuf {
        self.bucket_path(bucket).join(load::object_name(sequence))
    }
}

/// Makes renames and removals in a folder durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
