//! The files of an instance.

use model::id::InstanceId;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// An instance's folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn spec(&self) -> PathBuf {
        self.0.join("spec.json")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.0.join("state.json")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// The newest output, or with `age` from 1 an older part of it.
    pub(crate) fn output(&self, age: usize) -> PathBuf {
        match age {
            0 => self.0.join("output.log"),
            _ => self.0.join(format!("output.log.{age}")),
        }
    }

    /// The name of its control groups.
    pub(crate) fn group(&self, id: &InstanceId) -> String {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        format!("{id}-{:08x}", hasher.finish() >> 32)
    }

    pub(crate) fn diagnostics(&self) -> PathBuf {
        self.0.join("supervisor.log")
    }
}
