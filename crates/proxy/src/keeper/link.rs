//! What keeper and worker say to each other over their socket pair. One JSON message a packet; a message about a
//! socket carries it along.

use crate::sys;
use serde::{Deserialize, Serialize};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

/// Which listening socket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SocketKey {
    /// The control socket.
    Control,
    /// The metrics listener.
    Metrics(SocketAddr),
    /// A listener of a routing table.
    Listener(SocketAddr),
}

/// From worker to keeper.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ToKeeper {
    /// Keep a duplicate of the socket that comes along.
    Hold(SocketKey),
    /// Close the duplicate.
    Release(SocketKey),
    /// Serving.
    Ready,
    /// Let a worker of this binary take over.
    Upgrade(PathBuf),
    /// End: no worker is wanted any more.
    Shutdown,
}

/// From keeper to worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ToWorker {
    /// Listen on the socket that comes along.
    Take(SocketKey),
    /// That were all sockets.
    Begin,
    /// Accept nothing more, finish what is open, end. Another worker serves now, or none is wanted any more.
    Drain { replaced: bool },
    /// The other binary did not take over, for this reason.
    UpgradeFailed(String),
}

/// One end of the pair.
#[derive(Debug)]
pub(crate) struct Link(OwnedFd);

impl From<OwnedFd> for Link {
    fn from(fd: OwnedFd) -> Self {
        Self(fd)
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Link {
    /// Both ends.
    pub(crate) fn pair() -> io::Result<(Self, Self)> {
        sys::message_pair().map(|(a, b)| (Self(a), Self(b)))
    }

    /// Sends a message, with the socket it is about.
    pub(crate) fn send(&self, message: &impl Serialize, socket: Option<BorrowedFd<'_>>) -> io::Result<()> {
        sys::send(self.as_fd(), &serde_json::to_vec(message)?, socket)
    }

    /// Waits for a message. `None` when the other side is gone.
    pub(crate) fn receive<M: for<'de> Deserialize<'de>>(&self) -> io::Result<Option<(M, Option<OwnedFd>)>> {
        let mut buffer = [0; 8192];
        let (length, fd) = match sys::receive(self.as_fd(), &mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
            other => other?,
        };
        if length == 0 {
            return Ok(None);
        }
        Ok(Some((serde_json::from_slice(&buffer[..length])?, fd)))
    }
}
