//! Processes of a world, as `/proc` shows them.

use std::fs;
use std::path::{Path, PathBuf};

/// A process.
#[derive(Debug, Clone)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its arguments, with spaces between them.
    pub command: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its program.
    pub program: PathBuf,
}

/// What a process is to a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Holds the proxy's sockets.
    Keeper,
    /// The proxy.
    Worker,
    /// Watches over an instance or a datastore.
    Supervisor,
    /// A release that runs.
    Instance,
    /// PostgreSQL, with its helpers.
    Database,
    /// The bucket.
    Bucket,
    /// A control plane, a build, a leftover.
    Other,
}

impl Process {
    /// A process that runs; `None` when it is gone, or ended and not yet reaped.
    pub fn of(pid: u32) -> Option<Self> {
        let at = PathBuf::from(format!("/proc/{pid}"));
        let stat = fs::read_to_string(at.join("stat")).ok()?;
        if stat.rsplit_once(')')?.1.trim_start().starts_with(['Z', 'X']) {
            return None;
        }
        let command = fs::read(at.join("cmdline")).ok()?;
        let command = String::from_utf8_lossy(&command).replace('\0', " ").trim_end().to_owned();
        let link = |name: &str| fs::read_link(at.join(name)).unwrap_or_default();
        Some(Self { pid, command, folder: link("cwd"), program: link("exe") })
    }

    /// Whether it has to do with a folder: it works there, runs a program from there, or was given it as an argument.
    pub fn touches(&self, folder: &Path) -> bool {
        let named = self.command.contains(&format!("{}/", folder.display()));
        self.folder.starts_with(folder) || self.program.starts_with(folder) || named
    }

    /// What it is.
    pub fn part(&self) -> Part {
        let says = |words: &str| self.command.contains(words);
        let named = |name: &str| self.program.file_name().is_some_and(|known| known == name);
        if says(" proxy keeper ") {
            Part::Keeper
        } else if says(" proxy worker ") {
            Part::Worker
        } else if says(" supervise ") {
            Part::Supervisor
        } else if says(" serve-bucket ") {
            Part::Bucket
        } else if named("postgres") {
            Part::Database
        } else if says("server.js") && !says("mainstay") && named("node") {
            Part::Instance
        } else {
            Part::Other
        }
    }

    /// Ends it at once.
    pub fn kill(&self) {
        kill(self.pid, libc::SIGKILL);
    }
}

/// Every process of the machine.
pub fn all() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(Process::of).collect()
}

/// Sends a signal.
pub fn kill(pid: u32, signal: i32) {
    let Ok(pid) = i32::try_from(pid) else { return };
    // SAFETY: it takes no pointer; the process is one of the test's own.
    unsafe { libc::kill(pid, signal) };
}
