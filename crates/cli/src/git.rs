//! What git does with a path. Where there is no git or no repository, it does nothing.

use host::process::{self, Command};
use std::path::Path;
use std::time::Duration;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether a file that is put into this folder, which need not exist, could be committed.
pub fn would_track(folder: &Path) -> bool {
    let Ok(folder) = std::path::absolute(folder) else { return false };
    let Some(place) = folder.ancestors().find(|place| place.is_dir()) else { return false };
    let inside = asks(place, &["rev-parse", "--is-inside-work-tree"]);
    inside && !asks(place, &["check-ignore", "--quiet", &folder.join("secret").to_string_lossy()])
}

/// Whether this file is in the index.
pub fn tracks(file: &Path) -> bool {
    let Ok(file) = std::path::absolute(file) else { return false };
    let Some(place) = file.parent() else { return false };
    asks(place, &["ls-files", "--error-unmatch", "--", &file.to_string_lossy()])
}

fn asks(place: &Path, arguments: &[&str]) -> bool {
    let fixed = ["-c", "core.fsmonitor=false", "--no-optional-locks"];
    let mut command = Command::new("git", place).args(fixed).args(arguments.iter().copied());
    command.env = host::environment::inherit(&["HOME", "PATH"]);
    let answer = process::run(&command, &mut |_, _| {}, &|| false, Some(PATIENCE));
    answer.is_ok_and(process::Exit::success)
}
