//! The process table, read from `/proc` (proc_pid_stat(5)). A process is named by its id and the time it started, since
//! ids are used again.

use model::unit::Bytes;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

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
struct Stat {
    state: char,
    parent: u32,
    session: u32,
    start_ticks: u64,
}

impl Stat {
    /// A zombie has ended; only nobody has asked how.
    fn lives(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }
}

fn stat(pid: u32) -> Option<Stat> {
    // At once into more room than it can need: a file of unknown size is else read in many small pieces, and there are
    // as many files as processes.
    let mut buffer = [0; 2048];
    let length = File::open(format!("/proc/{pid}/stat")).ok()?.read(&mut buffer).ok()?;
    let text = String::from_utf8_lossy(&buffer[..length]);
    // The name of the program is in parentheses and may itself have some, and spaces.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
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
    stat(pid).is_some_and(|stat| stat.start_ticks == start_ticks && stat.lives())
}

/// Sends a signal to that very process; `false` when it is gone or not ours to signal.
pub fn signal(pid: u32, start_ticks: u64, signal: Signal) -> bool {
    alive(pid, start_ticks) && kill(pid, signal)
}

/// Sends a signal to the process group that this very process leads.
pub fn signal_group(pid: u32, start_ticks: u64, signal: Signal) -> bool {
    self::start_ticks(pid) == Some(start_ticks) && kill_group(pid, signal)
}

/// Sends a signal to whoever has that process id.
pub(crate) fn kill(pid: u32, signal: Signal) -> bool {
    send(i64::from(pid), signal)
}

/// Sends a signal to all of a process group.
pub(crate) fn kill_group(group: u32, signal: Signal) -> bool {
    send(-i64::from(group), signal)
}

fn send(target: i64, signal: Signal) -> bool {
    // Zero and -1 mean "everyone"; they can never be meant.
    let Ok(target) = i32::try_from(target) else { return false };
    // SAFETY: kill takes plain numbers.
    !matches!(target, -1..=0) && unsafe { libc::kill(target, signal.number()) == 0 }
}

/// All processes at one moment.
pub(crate) struct Table(BTreeMap<u32, Stat>);

impl Table {
    pub(crate) fn read() -> Self {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        Self(pids.filter_map(|pid| Some((pid, stat(pid)?))).collect())
    }

    /// The living members of a session. Its id is not given to a new process while it has any, so these descend from
    /// the process that made it.
    pub(crate) fn session(&self, session: u32) -> Vec<u32> {
        self.living().filter(|(_, stat)| stat.session == session).map(|(pid, _)| *pid).collect()
    }

    /// The living descendants of a process, itself not included.
    pub(crate) fn descendants(&self, of: u32) -> Vec<u32> {
        let mut family = vec![of];
        let mut at = 0;
        while let Some(parent) = family.get(at).copied() {
            family.extend(self.0.iter().filter(|(_, stat)| stat.parent == parent).map(|(pid, _)| *pid));
            at += 1;
        }
        family.retain(|pid| *pid != of && self.0.get(pid).is_some_and(Stat::lives));
        family
    }

    fn living(&self) -> impl Iterator<Item = (&u32, &Stat)> {
        self.0.iter().filter(|(_, stat)| stat.lives())
    }
}

/// The descendants of a process, itself not included, without a look at all other processes where the kernel lists the
/// children of each thread (CONFIG_PROC_CHILDREN, proc_pid_task(5)). Some may have ended, and one that is just starting
/// may be missing: whoever has to find all reads a [`Table`].
fn descendants(of: u32) -> Vec<u32> {
    if !Path::new("/proc/thread-self/children").exists() {
        return Table::read().descendants(of);
    }
    let mut family = children(of);
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        family.extend(children(parent));
        at += 1;
    }
    family
}

fn children(of: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{of}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// Resident memory of a process and of its descendants; zero when it is gone.
pub fn memory(of: u32) -> Bytes {
    Bytes(descendants(of).into_iter().chain([of]).map(resident_bytes).sum())
}

/// Whether a process is in a control group that is named so, or below one (cgroups(7), `/proc/PID/cgroup`).
pub fn in_group(pid: u32, name: &str) -> bool {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
    groups.lines().any(|line| line.splitn(3, ':').nth(2).is_some_and(|path| path.contains(name)))
}

/// Resident memory of a process in bytes, zero when it is gone.
fn resident_bytes(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let pages: u64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    // SAFETY: sysconf takes a plain number.
    pages * u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}
