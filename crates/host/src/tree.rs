//! A repository's files, as detection sees them: listed once, read on demand.

use std::collections::BTreeMap;
use std::sync::Arc;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Path relative to the root, with `/` between the parts.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
}

/// Why a file or a tree could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// No such file.
    #[error("{0} does not exist")]
    Missing(String),
    /// Larger than what is read for detection.
    #[error("{path} has {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// The file.
        path: String,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The machine said no.
    #[error("{path} cannot be read: {reason}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// The machine's words.
        reason: String,
    },
}

/// A read-only view of a repository. Listing is fixed when the view is made; ignored files, `.git`, `node_modules`,
/// virtual environments and build outputs are not in it, and neither is anything behind a symbolic link that leaves the root.
pub trait Tree: Sync {
    /// Every file, sorted by path.
    fn entries(&self) -> &[Entry];

    /// The bytes of a file.
    ///
    /// # Errors
    /// [`TreeError`] when there is no such file, it is too large or the machine refuses.
    fn read(&self, path: &str) -> Result<Arc<[u8]>, TreeError>;

    /// At most the first `length` bytes of a file, however large it is.
    ///
    /// # Errors
    /// [`TreeError`] when there is no such file or the machine refuses.
    fn read_head(&self, path: &str, length: u64) -> Result<Arc<[u8]>, TreeError> {
        let bytes = self.read(path)?;
        let end = usize::try_from(length).unwrap_or(usize::MAX).min(bytes.len());
        Ok(Arc::from(&bytes[..end]))
    }

    /// The name of the root folder.
    fn name(&self) -> &str;

    /// What could not be listed.
    fn problems(&self) -> &[TreeError] {
        &[]
    }

    /// Whether there is a file at `path`.
    fn has(&self, path: &str) -> bool {
        self.entries().binary_search_by(|entry| entry.path.as_str().cmp(path)).is_ok()
    }
}

/// A tree in memory, for tests and for files that are not yet written.
#[derive(Debug, Clone, Default)]
pub struct MemoryTree {
    name: String,
    entries: Vec<Entry>,
    files: BTreeMap<String, Arc<[u8]>>,
}

impl MemoryTree {
    /// A tree of `(path, content)` pairs.
    pub fn new<'a>(name: &str, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files: BTreeMap<String, Arc<[u8]>> =
            files.into_iter().map(|(path, text)| (path.to_owned(), Arc::from(text.as_bytes()))).collect();
        let entries =
            files.iter().map(|(path, data)| Entry { path: path.clone(), size: data.len() as u64 }).collect();
        Self { name: name.to_owned(), entries, files }
    }
}

impl Tree for MemoryTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, path: &str) -> Result<Arc<[u8]>, TreeError> {
        self.files.get(path).cloned().ok_or_else(|| TreeError::Missing(path.to_owned()))
    }

    fn name(&self) -> &str {
        &self.name
    }
}
