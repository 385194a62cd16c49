//! Signals as something to wait for (signalfd(2)).

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd};

/// The signals that a supervisor hears.
pub(crate) struct Signals(File);

impl Signals {
    /// From now on they interrupt nothing and wait to be read.
    pub(crate) fn catch() -> io::Result<Self> {
        let mut set = std::mem::MaybeUninit::uninit();
        // SAFETY: the set is initialised by the first call; the descriptor is new and nobody else owns it.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            let mut set = set.assume_init();
            for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGCHLD] {
                libc::sigaddset(&raw mut set, signal);
            }
            if libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) != 0 {
                return Err(io::Error::last_os_error());
            }
            let fd = libc::signalfd(-1, &raw const set, libc::SFD_NONBLOCK | libc::SFD_CLOEXEC);
            if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(Self(File::from_raw_fd(fd))) }
        }
    }

    pub(crate) fn descriptor(&self) -> i32 {
        self.0.as_raw_fd()
    }

    /// Reads all that came; says whether one of them asks to end.
    pub(crate) fn asked_to_end(&mut self) -> bool {
        let mut info = [0; size_of::<libc::signalfd_siginfo>()];
        let mut ends = false;
        while self.0.read_exact(&mut info).is_ok() {
            let number = u32::from_ne_bytes([info[0], info[1], info[2], info[3]]).cast_signed();
            ends |= matches!(number, libc::SIGTERM | libc::SIGINT);
        }
        ends
    }
}
