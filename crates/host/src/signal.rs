//! Signals that ask this process to stop.

use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicI32, Ordering};

/// The end of the pipe that the handler writes to.
static PIPE: AtomicI32 = AtomicI32::new(-1);

extern "C" fn notify(_: libc::c_int) {
    let fd = PIPE.load(Ordering::SeqCst);
    // SAFETY: `write` is allowed in a signal handler; the byte and the descriptor live as long as the process.
    unsafe {
        libc::write(fd, [0_u8].as_ptr().cast(), 1);
    }
}

/// Calls `react` from a thread of its own at every SIGINT, SIGTERM and SIGHUP, with how many there were. The signals no
/// longer end the process. Call it once.
///
/// # Errors
/// When the machine refuses a pipe, a thread or a handler.
pub fn on_interrupt(react: impl Fn(u32) + Send + 'static) -> io::Result<()> {
    let mut ends: [RawFd; 2] = [-1, -1];
    // SAFETY: `ends` has room for both descriptors.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
        return Err(io::Error::last_os_error());
    }
    PIPE.store(ends[1], Ordering::SeqCst);
    let reader = ends[0];
    std::thread::Builder::new().name("signals".into()).spawn(move || wait(reader, &react))?;
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: the handler only writes to a pipe.
        let before = unsafe { libc::signal(signal, notify as *const () as libc::sighandler_t) };
        if before == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

fn wait(reader: RawFd, react: &impl Fn(u32)) {
    let mut count = 0;
    let mut byte = [0_u8];
    loop {
        // SAFETY: `byte` has room for one byte; the descriptor is ours and stays open.
        let read = unsafe { libc::read(reader, byte.as_mut_ptr().cast(), 1) };
        match read {
            1 => {
                count += 1;
                react(count);
            }
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            _ => return,
        }
    }
}
