//! What a supervisor writes down about its instance.

use super::folder::Folder;
use crate::files::{FileError, replace};
use model::instance::{ExitReport, InstancePhase, InstanceSpec};
use model::unit::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The content of `state.json`. Newer versions read what older ones wrote: fields may be added, with a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The supervisor.
    pub supervisor: ProcessName,
    /// The machine's boot: without it, process ids mean nothing after the next one.
    pub boot: String,
    /// Where the program stands, as far as the supervisor knew.
    pub phase: InstancePhase,
    /// The program, once it was started.
    pub program: Option<ProcessName>,
    /// When it was last started.
    pub started_at: Option<Timestamp>,
    /// How often it was started again.
    pub restarts: u32,
    /// How it last ended.
    pub last_exit: Option<ExitReport>,
    /// It was asked to end.
    pub stopping: bool,
    /// What became of its limits.
    pub limits: LimitsApplied,
}

/// A process and the time it started, which together name only one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessName {
    /// Process id.
    pub pid: u32,
    /// Clock ticks since boot.
    pub start_ticks: u64,
}

impl ProcessName {
    /// The name of a process that runs now.
    pub(crate) fn of(pid: u32) -> Self {
        Self { pid, start_ticks: crate::process::start_ticks(pid).unwrap_or(0) }
    }
}

/// What became of an instance's limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitsApplied {
    /// There were none to apply.
    Unlimited,
    /// The kernel keeps them, in these control groups.
    Applied(Vec<PathBuf>),
    /// The kernel does not keep them, and why.
    NotApplied(String),
}

impl State {
    pub(crate) fn save(&self, folder: &Folder) -> Result<(), FileError> {
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        let path = folder.state();
        replace(&path, &bytes, 0o600).or_else(|error| {
            // On a full disk there is still the room that the old content has. Its rest is filled up with blanks.
            let written = OpenOptions::new().write(true).open(&path).and_then(|file| {
                let room = usize::try_from(file.metadata()?.len()).unwrap_or(0);
                bytes.resize(bytes.len().max(room), b' ');
                file.write_all_at(&bytes, 0)
            });
            written.map_err(|_| error)
        })
    }
}

/// What the supervisor of the instance in `dir` last wrote down; `None` when there is nothing that can be read.
pub fn state(dir: &Path) -> Option<State> {
    serde_json::from_slice(&std::fs::read(Folder::new(dir).state()).ok()?).ok()
}

/// What the instance in `dir` was started with.
pub(crate) fn spec(folder: &Folder) -> Result<InstanceSpec, FileError> {
    let path = folder.spec();
    let bytes = std::fs::read(&path).map_err(FileError::of("read", &path))?;
    serde_json::from_slice(&bytes).map_err(|error| FileError::of("read", &path)(error.into()))
}
