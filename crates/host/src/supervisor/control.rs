//! Looking at instances and ending them, from outside.

use super::cgroup::{Groups, Place};
use super::folder::Folder;
use super::state::{LimitsApplied, ProcessName, State, spec, state};
use crate::files::{self, FileError};
use crate::process::{self, Signal, Table, kill};
use crate::{clock, clock::Clock, identity};
use model::id::InstanceId;
use model::instance::{ExitReport, InstancePhase, InstanceStatus};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An instance could not be started, ended or looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SupervisorError {
    /// It could not be started.
    #[error("{instance} cannot be started: {reason}")]
    Start {
        /// The instance.
        instance: InstanceId,
        /// Why.
        reason: String,
    },
    /// It still runs and should not.
    #[error("the instance in {} still runs", .0.display())]
    Running(PathBuf),
    /// Its files cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// How long an instance that has ended may take until nothing of it is left.
const LEAVING: Duration = Duration::from_secs(5);

/// Whether the supervisor that wrote this down still lives.
pub(crate) fn is_supervised(state: &State) -> bool {
    state.boot == identity::boot() && process::alive(state.supervisor.pid, state.supervisor.start_ticks)
}

/// The instance in `dir` as it is now; `None` when there is none.
///
/// # Errors
/// When its files cannot be read.
pub fn status(dir: &Path) -> Result<Option<InstanceStatus>, SupervisorError> {
    look(dir)
}

/// The instances whose folders are in `folder`, sorted by name.
///
/// # Errors
/// When their files cannot be read.
pub fn list(folder: &Path) -> Result<Vec<InstanceStatus>, SupervisorError> {
    let names = files::names(folder)?;
    names.into_iter().filter_map(|name| look(&folder.join(name)).transpose()).collect()
}

fn look(dir: &Path) -> Result<Option<InstanceStatus>, SupervisorError> {
    let spec = match spec(&Folder::new(dir)) {
        Ok(spec) => spec,
        Err(error) if error.kind == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Some(state) = state(dir) else {
        // Its starter or its supervisor was killed before there was anything to write down.
        return Ok(Some(InstanceStatus::new(spec, InstancePhase::Ended)));
    };
    let program = state.program.filter(|name| process::alive(name.pid, name.start_ticks));
    let phase = match (is_supervised(&state), state.phase) {
        (false, _) | (true, InstancePhase::Ended) => InstancePhase::Ended,
        (true, InstancePhase::Running) if program.is_some() => InstancePhase::Running,
        (true, InstancePhase::Running | InstancePhase::Waiting) => InstancePhase::Waiting,
    };
    let pid = program.filter(|_| phase == InstancePhase::Running).map(|name| name.pid);
    let memory = pid.map(process::memory);
    let unlimited = match state.limits {
        LimitsApplied::NotApplied(why) => Some(why),
        LimitsApplied::Unlimited | LimitsApplied::Applied(_) => None,
    };
    Ok(Some(InstanceStatus {
        pid,
        started_at: state.started_at,
        restarts: state.restarts,
        last_exit: state.last_exit,
        memory,
        unlimited,
        ..InstanceStatus::new(spec, phase)
    }))
}

/// Asks the instance in `dir` to end and waits until it has, with all its children. Its supervisor gives it the grace of
/// its spec; after `timeout`, which should be longer, everything is killed. One that is not there has ended.
///
/// # Errors
/// When even that does not end it.
pub fn stop(dir: &Path, timeout: Duration) -> Result<Option<ExitReport>, SupervisorError> {
    let folder = Folder::new(dir);
    let clock = clock::SystemClock;
    let deadline = clock.monotonic() + timeout;
    let last_exit = || state(dir).and_then(|state| state.last_exit);
    let mut asked: Option<ProcessName> = None;
    while clock.monotonic() < deadline {
        match state(dir).filter(is_supervised) {
            Some(State { supervisor, .. }) => {
                if asked != Some(supervisor) {
                    process::signal(supervisor.pid, supervisor.start_ticks, Signal::Terminate);
                    asked = Some(supervisor);
                }
                process::wait_gone(supervisor.pid, deadline.saturating_sub(clock.monotonic()));
            }
            // One that is about to start or to end holds the lock; while we hold it, none can start.
            None if !dir.exists() => return Ok(None),
            None => match files::try_lock(&folder.lock())? {
                Some(_lock) => {
                    sweep(&folder);
                    return Ok(last_exit());
                }
                None => clock.sleep(Duration::from_millis(1)),
            },
        }
    }
    if let Some(State { supervisor, .. }) = state(dir).filter(is_supervised) {
        process::signal(supervisor.pid, supervisor.start_ticks, Signal::Kill);
        process::wait_gone(supervisor.pid, LEAVING);
    }
    if let Some(_lock) = files::lock(&folder.lock(), LEAVING)? {
        sweep(&folder);
    }
    match state(dir).filter(is_supervised) {
        Some(_) => Err(SupervisorError::Running(dir.to_owned())),
        None => Ok(last_exit()),
    }
}

/// Forgets the ended instance in `dir` with its output. One that is not there is forgotten already.
///
/// # Errors
/// When it still runs or its files cannot be removed.
pub fn remove(dir: &Path) -> Result<(), SupervisorError> {
    if !dir.exists() {
        return Ok(());
    }
    let folder = Folder::new(dir);
    // A supervisor has written down the end a moment before its own; what a killed one left behind takes a moment too.
    let ended = state(dir).is_none_or(|state| state.phase == InstancePhase::Ended || !is_supervised(&state));
    let patience = if ended { LEAVING } else { Duration::ZERO };
    let Some(_lock) = files::lock(&folder.lock(), patience)? else {
        return Err(SupervisorError::Running(dir.to_owned()));
    };
    sweep(&folder);
    Ok(files::remove_tree(dir)?)
}

/// Ends what a supervisor that was killed left behind: the rest of its program's session, and its control groups. Only for
/// whoever holds the instance's lock: nobody else starts it meanwhile.
pub(crate) fn sweep(folder: &Folder) {
    let state = state(&folder.0).filter(|state| state.boot == identity::boot());
    if state.as_ref().is_some_and(is_supervised) {
        return;
    }
    if let Some(program) = state.as_ref().and_then(|state| state.program) {
        end_session(program);
    }
    if let Some(state) = state {
        Groups::known(&state.limits).remove();
    }
    if let Ok(spec) = spec(folder) {
        Groups::left(&Place::of_this_machine(), &folder.group(&spec.id)).remove();
    }
}

fn end_session(program: ProcessName) {
    for _ in 0..200 {
        // A stranger with its process id means that the session is gone.
        let ours = process::start_ticks(program.pid).is_none_or(|ticks| ticks == program.start_ticks);
        let rest = if ours { Table::read().session(program.pid) } else { Vec::new() };
        if rest.is_empty() {
            return;
        }
        for pid in rest {
            kill(pid, Signal::Kill);
        }
        clock::SystemClock.sleep(Duration::from_millis(5));
    }
}
