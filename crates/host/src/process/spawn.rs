//! From a [`Command`] to the standard library's, with the checks that make its errors clear.

use super::{Command, Input, ProcessError, UserIds, find_program, guard, user_ids};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{self, Stdio};

/// What a child is put into before it becomes its program.
#[derive(Default)]
pub(crate) struct Setting {
    /// It leads a session of its own, not only a process group.
    pub(crate) session: bool,
    /// A guard stands between us and it, which ends its whole group when we are killed.
    pub(crate) guarded: bool,
    /// Control groups to join: their open `cgroup.procs`.
    pub(crate) join: Vec<File>,
}

/// Resolves program, folder and user. The child gets its own environment and dies when the thread that starts it does.
pub(crate) fn prepare(command: &Command, setting: Setting) -> Result<process::Command, ProcessError> {
    let program = command.program.clone();
    let searched = command.env.get("PATH").map_or("", |path| path.expose());
    if !command.directory.is_dir() {
        let reason =
            if command.directory.exists() { "it is not a folder" } else { "there is no such folder" };
        let directory = command.directory.clone();
        return Err(ProcessError::Directory { program, directory, reason: reason.into() });
    }
    let found = if program.contains('/') {
        find_program(&command.directory.join(&program).to_string_lossy(), "")
    } else {
        find_program(&program, searched)
    };
    let Some(path) = found else {
        let searched =
            if program.contains('/') { command.directory.display().to_string() } else { searched.into() };
        return Err(ProcessError::NotFound { program, searched });
    };
    let mut prepared = process::Command::new(path);
    prepared.arg0(&command.program).args(&command.args).current_dir(&command.directory).env_clear();
    prepared.envs(command.env.iter().map(|(name, value)| (name, value.expose())));
    prepared.stdin(match &command.input {
        Input::Nothing => Stdio::null(),
        Input::Text(_) => Stdio::piped(),
        Input::File(path) => File::open(path).map(Stdio::from).map_err(|error| ProcessError::Start {
            program: program.clone(),
            reason: format!("{} cannot be read: {error}", path.display()),
        })?,
    });
    let identity = match &command.user {
        None => None,
        Some(user) => Some(user_ids(user).ok_or_else(|| ProcessError::User {
            program,
            user: user.clone(),
            reason: "there is no such user".into(),
        })?),
    };
    let parent = process::id().cast_signed();
    // SAFETY: `settle` is made for that place.
    unsafe { prepared.pre_exec(move || settle(&setting, identity.as_ref(), parent)) };
    Ok(prepared)
}

/// What the child does with itself before it becomes its program.
///
/// # Safety
/// Only between fork and exec: it allocates nothing and takes no lock.
unsafe fn settle(setting: &Setting, identity: Option<&UserIds>, parent: i32) -> io::Result<()> {
    // SAFETY: system calls that are allowed there; the groups are a list of the length given.
    unsafe {
        // Signals that we block, or that whoever started us ignores (nohup, a shell's background jobs), reach it, and
        // descriptors that someone leaked to us do not leak on. Old kernels have no close_range; then they do.
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
        for number in 1..=31 {
            libc::signal(number, libc::SIG_DFL);
        }
        libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC);
        // A group or session of its own, so that all of it can be ended at once.
        let mut done = if setting.session { libc::setsid() } else { libc::setpgid(0, 0) } >= 0;
        let mut parent = parent;
        if setting.guarded {
            let guard = libc::getpid();
            done &= guard::split(parent);
            parent = guard;
        }
        for group in &setting.join {
            done &= libc::write(group.as_raw_fd(), b"0".as_ptr().cast(), 1) == 1;
        }
        if let Some(ids) = identity {
            done &= libc::setgroups(ids.groups.len(), ids.groups.as_ptr()) == 0
                && libc::setgid(ids.gid) == 0
                && libc::setuid(ids.uid) == 0;
        }
        // After the change of user, which clears it; then look whether the parent died before.
        done &= libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) == 0 && libc::getppid() == parent;
        if done { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

/// What a refused start means.
pub(crate) fn spawn_error(command: &Command, error: &io::Error) -> ProcessError {
    let program = command.program.clone();
    match (&command.user, error.raw_os_error()) {
        (Some(user), Some(libc::EPERM)) if !crate::identity::is_root() => ProcessError::User {
            program,
            user: user.clone(),
            reason: "only root can run programs as another user".into(),
        },
        (_, Some(libc::ENOENT)) => ProcessError::Start {
            program,
            reason: "the interpreter that its first line names was not found".into(),
        },
        (_, Some(libc::ENOEXEC)) => {
            ProcessError::Start { program, reason: "it is not a program for this machine".into() }
        }
        (_, Some(libc::EACCES)) => ProcessError::Start {
            program,
            reason: "permission denied for it or for the folder it should run in".into(),
        },
        _ => ProcessError::Start { program, reason: error.to_string() },
    }
}
