//! The supervised program.

use super::cgroup::Groups;
use super::state::ProcessName;
use crate::environment::Variables;
use crate::process::{Command, Exit, Input, OutputPipe, ProcessError, Setting, prepare, spawn_error};
use model::instance::InstanceSpec;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Instant;

/// A started program.
pub(crate) struct Program {
    pub(crate) name: ProcessName,
    pub(crate) outputs: [OutputPipe; 2],
    pub(crate) began: Instant,
    /// The count of the control groups before it was started.
    pub(crate) out_of_memory_kills: u64,
}

impl Program {
    pub(crate) fn start(spec: &InstanceSpec, env: &Variables, groups: &Groups) -> Result<Self, ProcessError> {
        let (program, args) = spec.command.split_first().ok_or_else(|| ProcessError::Start {
            program: String::new(),
            reason: format!("the command of {} is empty", spec.id),
        })?;
        let command = Command {
            program: program.clone(),
            args: args.to_vec(),
            directory: spec.directory.clone(),
            env: env.clone(),
            user: spec.user.clone(),
            input: Input::Nothing,
        };
        let join = groups.doors().map_err(|error| spawn_error(&command, &error))?;
        let out_of_memory_kills = groups.out_of_memory_kills();
        let mut prepared = prepare(&command, Setting { session: true, guarded: false, join })?;
        prepared.stdout(Stdio::piped()).stderr(Stdio::piped());
        // The handle is let go: its end is learnt with that of all other descendants, by `reap`.
        let mut child = prepared.spawn().map_err(|error| spawn_error(&command, &error))?;
        Ok(Self {
            name: ProcessName::of(child.id()),
            outputs: OutputPipe::of(&mut child),
            began: Instant::now(),
            out_of_memory_kills,
        })
    }
}

/// Takes leave of every descendant that ended; says how `program` did, if it was among them.
pub(crate) fn reap(program: Option<u32>) -> Option<Exit> {
    let mut found = None;
    loop {
        let mut status = 0;
        // SAFETY: waits for any child and returns at once; the status is a plain number.
        let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) };
        match u32::try_from(pid) {
            Ok(0) | Err(_) => return found,
            Ok(pid) if Some(pid) == program => found = Some(Exit::of(ExitStatus::from_raw(status))),
            Ok(_) => {}
        }
    }
}
