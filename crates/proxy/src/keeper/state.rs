//! What a keeper passes on to the keeper after it, over an exec or from a worker whose keeper died.

use super::link::SocketKey;
use crate::sys;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::PathBuf;

/// What a worker is to its keeper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    Serving,
    /// Is to take over; then this binary is the one to start.
    Candidate(PathBuf),
    Draining,
}

/// A worker, with the number of the descriptor of its link.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PassedWorker {
    pub(super) pid: u32,
    pub(super) link: Option<RawFd>,
    pub(super) role: Role,
}

/// Everything by number of descriptor.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Passed {
    pub(super) lock: Option<RawFd>,
    pub(super) workers: Vec<PassedWorker>,
    pub(super) sockets: Vec<(SocketKey, RawFd)>,
}

impl Passed {
    /// Writes it into memory that survives an exec once it is told to.
    pub(super) fn write(&self) -> io::Result<File> {
        let mut file = sys::memory_file()?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.rewind()?;
        Ok(file)
    }

    pub(super) fn read(fd: OwnedFd) -> io::Result<Self> {
        let mut bytes = Vec::new();
        File::from(fd).read_to_end(&mut bytes)?;
        Ok(serde_json::from_slice(&bytes)?)
    }
}

/// The state for a keeper that a running worker starts. Its sockets follow over the link.
pub(crate) fn for_running_worker(pid: u32, link: BorrowedFd<'_>) -> io::Result<File> {
    let worker = PassedWorker { pid, link: Some(link.as_raw_fd()), role: Role::Serving };
    Passed { lock: None, workers: vec![worker], sockets: Vec::new() }.write()
}
