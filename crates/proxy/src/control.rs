//! The control socket: JSON lines, one request and one answer a connection.

mod client;
mod protocol;
pub(crate) mod server;

pub use client::Client;
pub(crate) use protocol::{Answer, Request, Versioned};
pub use protocol::{PROTOCOL, Version};

use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

/// Calls `with` with a path to `file` that fits into a socket address, however deep `home` lies.
pub(crate) fn with_short_path<R>(
    home: &Path,
    file: &str,
    with: impl FnOnce(&Path) -> io::Result<R>,
) -> io::Result<R> {
    let path = home.join(file);
    // An address holds 108 bytes, the last one zero.
    if path.as_os_str().len() < 100 {
        return with(&path);
    }
    let folder = std::fs::File::open(home)?;
    with(Path::new(&format!("/proc/self/fd/{}/{file}", folder.as_raw_fd())))
}

/// The name of the control socket in a proxy's home.
pub(crate) const SOCKET: &str = "control.sock";
