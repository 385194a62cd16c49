//! What can go wrong beside single requests.

use model::id::Scope;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the data plane could not start, or did not do what it was told. What fails says that nothing changed,
/// except where a message says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// A file or folder of the proxy's home.
    #[error("cannot {action} {path}: {source}")]
    File { action: &'static str, path: PathBuf, source: io::Error },
    /// A system call that has no file to name.
    #[error("cannot {action}: {source}")]
    System { action: &'static str, source: io::Error },
    /// Nobody answers on the control socket.
    #[error("no proxy answers on {path}: {source}; start it, or look into proxy.log beside it")]
    Unreachable { path: PathBuf, source: io::Error },
    /// The proxy was started but does not answer.
    #[error("the proxy was started but does not answer on {path}; its log ends with:\n{log}")]
    NotReady { path: PathBuf, log: String },
    /// The other side of the control socket speaks a newer protocol.
    #[error("the control protocol {theirs} is newer than {ours} of this proxy; upgrade the proxy first")]
    Version { theirs: u32, ours: u32 },
    /// The proxy refused a table.
    #[error("the routing table of {scope} was refused: {reason}")]
    Refused { scope: Scope, reason: String },
    /// A listener of a table cannot be opened.
    #[error("cannot listen on {address}: {source}; free the address or choose another one")]
    Listen { address: SocketAddr, source: io::Error },
    /// The scope has no table here.
    #[error("no routing table of {scope} is known; publish one first")]
    UnknownScope { scope: Scope },
    /// The scope has no such pool.
    #[error("{scope} has no pool {pool}")]
    UnknownPool { scope: Scope, pool: String },
    /// A certificate or key cannot be used.
    #[error("the certificate {path} cannot be used: {reason}")]
    Certificate { path: PathBuf, reason: String },
    /// A new binary did not take over; the old one goes on.
    #[error("the upgrade to {binary} failed, the running proxy goes on: {reason}")]
    Upgrade { binary: PathBuf, reason: String },
    /// A worker thread did not take a table in time.
    #[error("worker thread {thread} does not answer; restart the proxy")]
    Stuck { thread: usize },
    /// Something the proxy said over the control socket.
    #[error("{0}")]
    Remote(String),
}

impl ProxyError {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }

    pub(crate) fn system(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { action, source }
    }
}
