//! The system calls the standard library has no safe form of: descriptors over sockets and exec, signals, limits.
//! All `unsafe` of the crate that concerns the system is here.

use std::fs::File;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::path::Path;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// A TCP socket on another network (network_namespaces(7)), which works with it from any thread. This thread is there for no
/// longer than it takes to make it.
pub(crate) fn socket_in(network: &Path, towards: SocketAddr) -> io::Result<OwnedFd> {
    thread_local!(static HOME: io::Result<File> = File::open("/proc/thread-self/ns/net"));
    let there = File::open(network)?;
    HOME.with(|home| {
        let home = home.as_ref().map_err(|error| io::Error::from(error.kind()))?;
        let family = if towards.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
        let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: the descriptors are open; the new one is owned by nobody else.
        unsafe {
            check(libc::setns(there.as_raw_fd(), libc::CLONE_NEWNET))?;
            let made = check(libc::socket(family, kind, 0));
            if libc::setns(home.as_raw_fd(), libc::CLONE_NEWNET) < 0 {
                // Whatever this thread opened from now on would be in the wrong place. The keeper starts another worker.
                std::process::abort();
            }
            made.map(|fd| OwnedFd::from_raw_fd(fd))
        }
    })
}

/// Ends a connection whose other machine is gone without a word: what was sent is not acknowledged (TCP_USER_TIMEOUT,
/// RFC 5482), or there is no answer to the kernel's own question while nothing is to be sent (SO_KEEPALIVE, tcp(7)).
pub(crate) fn notice_silence(socket: &impl AsFd, limit: Duration) -> io::Result<()> {
    let socket = socket2::SockRef::from(socket);
    let question = Duration::from_secs(1);
    let probing = socket2::TcpKeepalive::new().with_time(limit / 2).with_interval(question).with_retries(2);
    socket.set_tcp_keepalive(&probing)?;
    socket.set_tcp_user_timeout(Some(limit))
}

/// Two connected sockets that keep message boundaries.
pub(crate) fn message_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut fds = [0; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: `fds` has room for the two descriptors, which are new and owned by nobody else.
    unsafe {
        check(libc::socketpair(libc::AF_UNIX, kind, 0, fds.as_mut_ptr()))?;
        Ok((OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1])))
    }
}

/// Room for one descriptor as ancillary data, aligned as `cmsghdr` must be.
#[repr(C, align(8))]
struct Ancillary([u8; 64]);

/// Sends one message, with a descriptor if there is one.
pub(crate) fn send(socket: BorrowedFd<'_>, bytes: &[u8], pass: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let mut ancillary = Ancillary([0; 64]);
    // SAFETY: all pointers in `message` outlive the call; the control buffer is large enough for one descriptor.
    unsafe {
        let mut message: libc::msghdr = mem::zeroed();
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        if let Some(fd) = pass {
            message.msg_control = ancillary.0.as_mut_ptr().cast();
            message.msg_controllen = libc::CMSG_SPACE(mem::size_of::<RawFd>() as u32) as usize;
            let header = libc::CMSG_FIRSTHDR(&raw const message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(mem::size_of::<RawFd>() as u32) as usize;
            libc::CMSG_DATA(header).cast::<RawFd>().write_unaligned(fd.as_raw_fd());
        }
        let sent = libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL);
        if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

/// Receives one message; its length is 0 when the other side is gone.
pub(crate) fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<(usize, Option<OwnedFd>)> {
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let mut ancillary = Ancillary([0; 64]);
    // SAFETY: all pointers in `message` outlive the call; a received descriptor is new and owned by nobody else.
    unsafe {
        let mut message: libc::msghdr = mem::zeroed();
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = ancillary.0.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(mem::size_of::<RawFd>() as u32) as usize;
        let got = loop {
            let got = libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_CMSG_CLOEXEC);
            if got >= 0 {
                break got.unsigned_abs();
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        };
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        let fd = if header.is_null() || (*header).cmsg_type != libc::SCM_RIGHTS {
            None
        } else {
            Some(OwnedFd::from_raw_fd(libc::CMSG_DATA(header).cast::<RawFd>().read_unaligned()))
        };
        Ok((got, fd))
    }
}

/// Lets a descriptor survive the next exec, or not.
pub(crate) fn keep_over_exec(fd: BorrowedFd<'_>, keep: bool) -> io::Result<()> {
    let flags = if keep { 0 } else { libc::FD_CLOEXEC };
    // SAFETY: a plain call on a borrowed descriptor.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFD, flags) }).map(drop)
}

/// Takes over a descriptor that this process was started with.
///
/// # Errors
/// When no such descriptor is open.
pub(crate) fn inherit(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: a plain call; a closed descriptor is reported as an error.
    check(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    // SAFETY: it is open, and by the contract of the command line nobody else in this process owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A nameless file in memory, to pass state over an exec.
pub(crate) fn memory_file() -> io::Result<std::fs::File> {
    // SAFETY: the name is a valid C string; the descriptor is new.
    unsafe {
        Ok(OwnedFd::from_raw_fd(check(libc::memfd_create(c"mainstay".as_ptr(), libc::MFD_CLOEXEC))?).into())
    }
}

/// Waits until one of the descriptors is readable or hung up, or the time is over; says which.
pub(crate) fn wait_readable(fds: &[BorrowedFd<'_>], timeout: Option<Duration>) -> io::Result<Vec<bool>> {
    let mut polls: Vec<_> =
        fds.iter().map(|fd| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 }).collect();
    let millis = timeout.map_or(-1, |t| i32::try_from(t.as_millis()).unwrap_or(i32::MAX));
    // SAFETY: the pointer and the length are those of `polls`.
    let result = unsafe { libc::poll(polls.as_mut_ptr(), polls.len() as libc::nfds_t, millis) };
    match check(result) {
        Ok(_) => Ok(polls.iter().map(|p| p.revents != 0).collect()),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(vec![false; fds.len()]),
        Err(error) => Err(error),
    }
}

static TERMINATE: AtomicI32 = AtomicI32::new(-1);

extern "C" fn on_signal(_: libc::c_int) {
    let one = 1u64;
    // SAFETY: write(2) is async-signal-safe and the descriptor is never closed.
    unsafe { libc::write(TERMINATE.load(Ordering::Relaxed), (&raw const one).cast(), 8) };
}

/// A descriptor that becomes readable when the process is asked to end (SIGTERM or SIGINT).
pub(crate) fn terminations() -> io::Result<BorrowedFd<'static>> {
    // SAFETY: the event descriptor is never closed, so it may be borrowed for ever; the handler only writes to it.
    unsafe {
        let fd = check(libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK))?;
        TERMINATE.store(fd, Ordering::Relaxed);
        let handler: extern "C" fn(libc::c_int) = on_signal;
        for signal in [libc::SIGTERM, libc::SIGINT] {
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction = handler as libc::sighandler_t;
            action.sa_flags = libc::SA_RESTART;
            check(libc::sigaction(signal, &raw const action, std::ptr::null_mut()))?;
        }
        Ok(BorrowedFd::borrow_raw(fd))
    }
}

/// Sends a signal to one process.
pub(crate) fn signal(pid: u32, signal: libc::c_int) {
    // SAFETY: a plain call; a process that is gone is no error here.
    unsafe { libc::kill(pid.cast_signed(), signal) };
}

/// A descriptor that becomes readable when the process ends.
pub(crate) fn process(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: a plain call; the descriptor is new and close-on-exec by definition.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    let fd = check(i32::try_from(fd).unwrap_or(-1))?;
    // SAFETY: as above.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Collects the exit of a child, if it is one and has ended.
pub(crate) fn reap(pid: u32) {
    // SAFETY: a plain call that never waits.
    unsafe { libc::waitpid(pid.cast_signed(), std::ptr::null_mut(), libc::WNOHANG) };
}

/// Allows as many open descriptors as the machine lets this process have.
pub(crate) fn raise_file_limit() -> io::Result<()> {
    // SAFETY: `limit` is a valid place for the result and a valid argument.
    unsafe {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        check(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit))?;
        limit.rlim_cur = limit.rlim_max;
        check(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit)).map(drop)
    }
}

/// To be called between fork and exec: leaves the session of the parent, becomes a child of init,
/// and lets no descriptor beyond the standard ones through.
pub(crate) fn detach() -> io::Result<()> {
    // SAFETY: only async-signal-safe calls; the intermediate process ends at once.
    unsafe {
        check(libc::setsid())?;
        if check(libc::fork())? > 0 {
            libc::_exit(0);
        }
        let flags = libc::CLOSE_RANGE_CLOEXEC.cast_signed();
        check(i32::try_from(libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, flags)).unwrap_or(-1))
            .map(drop)
    }
}

/// Looks at a socket without taking anything from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peek {
    /// Open, and nothing to read.
    Quiet,
    /// Bytes are waiting.
    Bytes,
    /// Closed or broken.
    Gone,
}

/// See [`Peek`].
pub(crate) fn peek(socket: RawFd) -> Peek {
    let mut byte = 0u8;
    // SAFETY: `byte` is a valid place for one byte; the call does not wait.
    let got = unsafe { libc::recv(socket, (&raw mut byte).cast(), 1, libc::MSG_PEEK | libc::MSG_DONTWAIT) };
    match got {
        0 => Peek::Gone,
        n if n > 0 => Peek::Bytes,
        _ if io::Error::last_os_error().kind() == io::ErrorKind::WouldBlock => Peek::Quiet,
        _ => Peek::Gone,
    }
}
