//! Other networks of this machine (network_namespaces(7)).

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// A network cannot be entered.
#[derive(Debug, thiserror::Error)]
#[error("the network {path} cannot be entered: {source}; that needs root")]
pub struct NamespaceError {
    path: PathBuf,
    source: io::Error,
}

/// Does something on another network. Only what is opened meanwhile is there.
///
/// # Errors
/// When the network is gone, or we may not enter it.
pub fn within<T: Send>(path: &Path, work: impl FnOnce() -> T + Send) -> Result<T, NamespaceError> {
    let wrong = |source| NamespaceError { path: path.to_owned(), source };
    let network = File::open(path).map_err(wrong)?;
    // A thread of its own: it ends there, so that nothing has to come back.
    let done = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // SAFETY: the descriptor is open, and only this thread's network is changed.
            let entered = unsafe { libc::setns(network.as_raw_fd(), libc::CLONE_NEWNET) };
            if entered < 0 { Err(io::Error::last_os_error()) } else { Ok(work()) }
        });
        thread.join()
    });
    match done {
        Ok(done) => done.map_err(wrong),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_is_not_there_is_named() {
        let error = within(Path::new("/no/network"), || ()).unwrap_err().to_string();
        assert!(error.contains("/no/network"), "{error}");
    }
}
