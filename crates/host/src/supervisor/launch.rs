//! Starting a supervisor.

use super::control::{SupervisorError, is_supervised, remove, stop};
use super::folder::Folder;
use super::handover::{self, Answer};
use super::state::state;
use crate::environment::Variables;
use crate::files::{self, FileError};
use crate::process::{Command, Setting, prepare, spawn_error};
use model::instance::{InstancePhase, InstanceSpec};
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// How long a supervisor may take to start its program, and one that is ending to end.
const PATIENCE: Duration = Duration::from_secs(15);

/// Starts the instance in `dir` under a supervisor: `binary` run as `binary supervise DIR`, which has to call
/// [`super::main`]. Returns when the program was started; one that runs already is left alone. The supervisor and the
/// program survive this process.
///
/// # Errors
/// When there is no such program, folder or user, something may not be run, or the machine refuses. What was made for
/// the instance is gone then, unless `dir` was there before.
pub fn launch(
    binary: &Path,
    dir: &Path,
    spec: &InstanceSpec,
    env: &Variables,
) -> Result<(), SupervisorError> {
    let packed = handover::pack(env).map_err(|name| SupervisorError::Start {
        instance: spec.id.clone(),
        reason: format!("the variable `{name}` has a name or value that no environment can hold"),
    })?;
    let folder = Folder::new(dir);
    let known = dir.exists();
    if let Some(state) = state(dir).filter(is_supervised) {
        if state.phase != InstancePhase::Ended && !state.stopping {
            return Ok(());
        }
        stop(dir, PATIENCE)?;
    }
    files::ensure_private_dir(dir)?;
    let bytes = serde_json::to_vec_pretty(spec).unwrap_or_default();
    let started = files::replace(&folder.spec(), &bytes, 0o600)
        .map_err(SupervisorError::File)
        .and_then(|()| ask(binary, &folder, spec, &packed));
    if started.is_err() {
        // A supervisor that did not answer in time may still be there.
        let ended = stop(dir, PATIENCE);
        if !known && ended.is_ok() {
            remove(dir)?;
        }
    }
    started
}

fn ask(binary: &Path, folder: &Folder, spec: &InstanceSpec, env: &[u8]) -> Result<(), SupervisorError> {
    let refused = |reason: String| SupervisorError::Start { instance: spec.id.clone(), reason };
    let silent = || refused(format!("its supervisor gave no answer; see {}", folder.diagnostics().display()));
    // It gets no environment at all: whatever is in ours is none of its business, and everyone could look at it.
    let command =
        Command::new(binary.to_string_lossy(), "/").args(["supervise"]).args([folder.0.to_string_lossy()]);
    let mut prepared = prepare(&command, Setting::default()).map_err(|error| refused(error.to_string()))?;
    let mut diagnostics = OpenOptions::new();
    let diagnostics = diagnostics.append(true).create(true).mode(0o600).open(folder.diagnostics());
    let diagnostics = diagnostics.map_err(FileError::of("open", &folder.diagnostics()))?;
    prepared.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(diagnostics);
    let mut child = prepared.spawn().map_err(|error| refused(spawn_error(&command, &error).to_string()))?;
    if let Some(mut pipe) = child.stdin.take() {
        // When it does not read, it has something to say.
        let _ = pipe.write_all(env);
    }
    let answer = child.stdout.take().map(read_line).unwrap_or_default();
    // The process that we started only makes the supervisor, apart from us, and ends. If it is still there it is not
    // what it should be.
    let _ = child.kill();
    let _ = child.wait();
    match serde_json::from_slice(&answer).map_err(|_| silent())? {
        Answer::Started | Answer::Running => Ok(()),
        Answer::Refused(reason) => Err(refused(reason)),
    }
}

/// Reads up to the end of a line, for as long as our patience lasts.
fn read_line(mut pipe: impl Read + AsRawFd) -> Vec<u8> {
    let deadline = Instant::now() + PATIENCE;
    let mut line = Vec::new();
    let mut buffer = [0; 1024];
    while !line.ends_with(b"\n") {
        let left = deadline.saturating_duration_since(Instant::now()).as_millis();
        let mut wait = libc::pollfd { fd: pipe.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one entry, as said.
        let ready = unsafe { libc::poll(&raw mut wait, 1, i32::try_from(left).unwrap_or(0)) };
        match (ready, pipe.read(&mut buffer[..if ready > 0 { 1024 } else { 0 }])) {
            (1, Ok(count @ 1..)) => line.extend_from_slice(&buffer[..count]),
            (-1, _) if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted => {}
            _ => break,
        }
    }
    line
}
