//! A second, tiny process beside each supervisor. When the supervisor is killed, the kernel kills the program it
//! started, but not that program's children; the sentinel ends those.

use super::control::sweep;
use super::folder::Folder;
use std::fs::File;
use std::io::{self, Read, Write};
use std::time::Duration;

/// The supervisor's side.
pub(crate) struct Sentinel {
    pub(crate) pid: u32,
    pipe: io::PipeWriter,
}

impl Sentinel {
    /// Starts it. Has to come before anything is opened or learnt that it should not have, and before any thread.
    pub(crate) fn start(folder: &Folder) -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let supervisor = std::process::id();
        // SAFETY: there is only this thread, so the copy may do anything.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => {
                drop(writer);
                quiet();
                wait(reader, supervisor, folder);
                // SAFETY: ends this process without running what the supervisor registered.
                unsafe { libc::_exit(0) }
            }
            pid => Ok(Self { pid: pid.cast_unsigned(), pipe: writer }),
        }
    }

    /// Tells it that nothing is left to do.
    pub(crate) fn dismiss(mut self) {
        let _ = self.pipe.write_all(b".");
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

fn wait(mut reader: io::PipeReader, supervisor: u32, folder: &Folder) {
    // Those who want the supervisor to end mean it alone; this one ends by itself.
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
        // SAFETY: ignoring a signal.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
    // Nothing at all before the end: the supervisor did not take leave.
    if matches!(reader.read(&mut [0]), Ok(0)) {
        // Its end of the pipe is closed a little before it is gone.
        while std::os::unix::process::parent_id() == supervisor {
            std::thread::sleep(Duration::from_millis(1));
        }
        sweep(folder);
    }
}
