//! The process table, read from `/proc` (proc_pid_stat(5)). A process is named by its id and the time it started, since
//! ids are used again.

use std::fs;
use std::os::fd::{AsRawFd, BorrowedFd};

/// The signals we send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Please end.
    Terminate,
    /// Please end, as Ctrl-C says it.
    Interrupt,
    /// Read your configuration again.
    Hangup,
    /// End now.
    Kill,
}

impl Signal {
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Terminate => libc::SIGTERM,
            Self::Interrupt => libc::SIGINT,
            Self::Hangup => libc::SIGHUP,
            Self::Kill => libc::SIGKILL,
        }
    }
}

/// The fields of `/proc/PID/stat` that we use.
pub(crate) struct Stat {
    pub(crate) state: char,
    pub(crate) session: u32,
    pub(crate) start_ticks: u64,
}

pub(crate) fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    // The name of the program is in parentheses and may itself have some, and spaces.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        session: fields.get(3)?.parse().ok()?,
        start_ticks: fields.get(19)?.parse().ok()?,
    })
}

/// When a process started, in clock ticks since boot; `None` when there is none.
pub fn start_ticks(pid: u32) -> Option<u64> {
    Some(stat(pid)?.start_ticks)
}

/// Whether that very process still runs. One that ended and was not yet waited for does not.
pub fn alive(pid: u32, start_ticks: u64) -> bool {
    stat(pid).is_some_and(|stat| stat.start_ticks == start_ticks && !matches!(stat.state, 'Z' | 'X'))
}

/// Sends a signal to that very process; `false` when it is gone or not ours to signal.
pub fn signal(pid: u32, start_ticks: u64, signal: Signal) -> bool {
    alive(pid, start_ticks) && kill(i64::from(pid), signal)
}

/// Sends a signal to the process group that this very process leads.
pub fn signal_group(pid: u32, start_ticks: u64, signal: Signal) -> bool {
    self::start_ticks(pid) == Some(start_ticks) && kill(-i64::from(pid), signal)
}

pub(crate) fn kill(target: i64, signal: Signal) -> bool {
    // Zero and -1 mean "everyone"; they can never be meant.
    let Ok(target) = i32::try_from(target) else { return false };
    // SAFETY: kill takes plain numbers.
    !matches!(target, -1..=0) && unsafe { libc::kill(target, signal.number()) == 0 }
}

/// Every living process of a session. A session's id is not given to a new process while it has members, so these are
/// descendants of the process that made it.
pub(crate) fn children_of_session(session: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            stat(*pid).is_some_and(|stat| stat.session == session && !matches!(stat.state, 'Z' | 'X'))
        })
        .collect()
}

pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>) -> std::io::Result<()> {
    let fd = fd.as_raw_fd();
    // SAFETY: fcntl on an open descriptor with plain numbers.
    let set = unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFL);
        flags >= 0 && libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) == 0
    };
    if set { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}
