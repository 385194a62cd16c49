//! Processes: running one to its end, and looking at others.

mod command;
mod guard;
mod pipe;
mod run;
mod spawn;
mod table;
mod user;

pub use command::{Command, Exit, Input, ProcessError, Stream};
pub(crate) use pipe::OutputPipe;
pub use run::run;
pub(crate) use run::wait_gone;
pub(crate) use spawn::{Setting, prepare, spawn_error};
pub use table::{Signal, alive, in_group, memory, signal, signal_group, start_ticks};
pub(crate) use table::{Table, kill};
pub use user::{UserIds, user_ids};

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where a program is: `name` itself when it has a slash, else the first executable of that name in the folders of
/// `path` (in the form of the `PATH` variable).
pub fn find_program(name: &str, path: &str) -> Option<PathBuf> {
    let executable = |file: &Path| {
        file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|file| executable(file));
    }
    std::env::split_paths(path).map(|folder| folder.join(name)).find(|file| executable(file))
}
