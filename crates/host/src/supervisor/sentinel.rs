//! A second, tiny process above each supervisor: its parent. When the supervisor is killed, the kernel kills the program
//! it started, but not that program's children. Those come to the sentinel then, whatever sessions they made for
//! themselves, and it ends them.

use super::control::sweep;
use super::folder::Folder;
use crate::process::{Signal, Table, kill};
use std::fs::File;
use std::io;
use std::time::Duration;

/// Splits this process in two. Returns in the one that is to be the supervisor; the other is its sentinel, ends when it
/// does, and holds until then what is open now: the instance's lock is free only when nothing of it is left. Has to come
/// before anything is learnt that a sentinel should not know, and before any thread.
pub(crate) fn split(folder: &Folder) -> io::Result<()> {
    adopt()?;
    // SAFETY: there is only this thread, so both copies may do anything.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => adopt(),
        supervisor => {
            quiet();
            stand(supervisor, folder);
            // SAFETY: ends this process without running what is the supervisor's to run.
            unsafe { libc::_exit(0) }
        }
    }
}

/// From now on orphans among our descendants come to us (prctl(2)). A fork does not inherit that.
fn adopt() -> io::Result<()> {
    // SAFETY: plain numbers.
    if unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Gives standard input and output back: whoever waits for the other end must not wait for us.
pub(crate) fn quiet() {
    let Ok(null) = File::options().read(true).write(true).open("/dev/null") else { return };
    for fd in [0, 1] {
        // SAFETY: dup2 on an open descriptor.
        unsafe { libc::dup2(std::os::fd::AsRawFd::as_raw_fd(&null), fd) };
    }
}

/// The sentinel's life.
fn stand(supervisor: i32, folder: &Folder) {
    // Those who want the supervisor to end mean it alone; this one ends by itself.
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
        // SAFETY: ignoring a signal.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
    let mut status = 0;
    // SAFETY: waits for a child of ours; the status is a plain number.
    while unsafe { libc::waitpid(supervisor, &raw mut status, 0) } < 0 {
        if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return;
        }
    }
    // One that ended by itself has seen to everything; a panic is not by itself.
    if libc::WIFEXITED(status) && libc::WEXITSTATUS(status) <= 1 {
        return;
    }
    end_orphans();
    sweep(folder);
}

/// Kills all descendants. New ones may come while it does, but never from elsewhere.
fn end_orphans() {
    for _ in 0..1000 {
        // SAFETY: as above, without waiting.
        while unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) } > 0 {}
        let orphans = Table::read().descendants(std::process::id());
        if orphans.is_empty() {
            return;
        }
        for pid in orphans {
            kill(pid, Signal::Kill);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
