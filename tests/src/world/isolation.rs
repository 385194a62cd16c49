//! A network of its own for a test: no port of another test, of another program or of this machine is in the way.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// How a test is kept apart from others.
pub enum Isolation {
    /// The thread, and whatever it starts, has a network namespace of its own (network_namespaces(7)).
    Namespace(PathBuf),
    /// There may be none (it needs root): tests come one after the other.
    Turn(File),
    /// In a namespace of others, whose turns somebody else keeps.
    Guest,
}

impl Isolation {
    /// Enters a namespace of its own, once a thread; else waits for its turn.
    pub fn enter() -> Self {
        thread_local!(static ENTERED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) });
        if ENTERED.get() || (unshare().is_ok() && raise_loopback().is_ok()) {
            ENTERED.set(true);
            return Self::Namespace(namespace("/proc/thread-self"));
        }
        Self::shared()
    }

    /// A namespace that is there already, by its name (ip-netns(8)): what is started there is reached on its loopback.
    pub fn join(name: &str) -> io::Result<Self> {
        use std::os::fd::AsRawFd;
        let file = File::open(Path::new("/var/run/netns").join(name))?;
        // SAFETY: the descriptor is open, and only this thread's network is changed.
        check(unsafe { libc::setns(file.as_raw_fd(), libc::CLONE_NEWNET) })?;
        Ok(Self::Guest)
    }

    /// The machine's own network, one test at a time: for those that fetch packages.
    pub fn shared() -> Self {
        let path = std::env::temp_dir().join("mainstay-tests.lock");
        let file = File::options().create(true).append(true).open(&path);
        let file = file.unwrap_or_else(|error| panic!("cannot open {}: {error}", path.display()));
        file.lock().unwrap_or_else(|error| panic!("cannot lock {}: {error}", path.display()));
        Self::Turn(file)
    }

    /// Whether a process lives in this namespace of its own.
    pub fn holds(&self, pid: u32) -> bool {
        match self {
            Self::Namespace(own) => &namespace(&format!("/proc/{pid}")) == own,
            Self::Turn(_) | Self::Guest => false,
        }
    }
}

fn namespace(process: &str) -> PathBuf {
    std::fs::read_link(format!("{process}/ns/net")).unwrap_or_default()
}

fn unshare() -> io::Result<()> {
    // SAFETY: it takes no pointer and changes only this thread's network.
    check(unsafe { libc::unshare(libc::CLONE_NEWNET) })
}

/// A new namespace has only a loopback device, and that is down (netdevice(7)).
fn raise_loopback() -> io::Result<()> {
    // SAFETY: a zeroed `ifreq` is valid; the name fits and is ended by a zero; the descriptor is closed below.
    unsafe {
        let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0);
        check(socket)?;
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l'.cast_signed();
        request.ifr_name[1] = b'o'.cast_signed();
        request.ifr_ifru.ifru_flags = i16::try_from(libc::IFF_UP | libc::IFF_RUNNING).unwrap_or_default();
        let result = check(libc::ioctl(socket, libc::SIOCSIFFLAGS, &raw const request));
        libc::close(socket);
        result
    }
}

/// Mounts a small file system in memory, seen by this test only (mount_namespaces(7)).
pub(super) fn mount_small(folder: &Path, size: &str) -> io::Result<()> {
    let text = |text: &str| CString::new(text).map_err(io::Error::other);
    let (root, kind, options) = (text("/")?, text("tmpfs")?, text(&format!("size={size},mode=755"))?);
    let folder = text(&folder.to_string_lossy())?;
    // SAFETY: every pointer is a string that ends with a zero and outlives its call.
    unsafe {
        check(libc::unshare(libc::CLONE_NEWNS))?;
        let private = libc::MS_REC | libc::MS_PRIVATE;
        check(libc::mount(std::ptr::null(), root.as_ptr(), std::ptr::null(), private, std::ptr::null()))?;
        check(libc::mount(kind.as_ptr(), folder.as_ptr(), kind.as_ptr(), 0, options.as_ptr().cast()))
    }
}

/// Takes it away again.
pub(super) fn unmount(folder: &Path) {
    if let Ok(folder) = CString::new(folder.to_string_lossy().as_bytes()) {
        // SAFETY: the pointer is a string that ends with a zero. What is not mounted any more need not be unmounted.
        unsafe { libc::umount2(folder.as_ptr(), libc::MNT_DETACH) };
    }
}

fn check(result: i32) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
