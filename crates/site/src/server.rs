//! The listener, and how it ends.

use crate::answer::answer;
use crate::fallback::Fallback;
use crate::folder::Folder;
use crate::{SiteConfig, SiteError};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::rc::Rc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

/// How long requests under way may take after a signal to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How long a client may take to send a request's head, and a connection may be idle.
const HEAD: Duration = Duration::from_secs(75);
/// How long to wait when the system has no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A server that listens and does not answer yet.
#[derive(Debug)]
pub struct Site {
    listener: StdListener,
    address: SocketAddr,
    folder: Folder,
    fallback: Fallback,
}

impl Site {
    /// Opens the folder and binds the address.
    ///
    /// # Errors
    /// When one of these cannot be done; see [`SiteError`].
    pub fn bind(config: SiteConfig) -> Result<Self, SiteError> {
        let SiteConfig { root, listen, fallback } = config;
        let folder = Folder::open(&root).map_err(|source| SiteError::Folder { path: root, source })?;
        let failed = |source| SiteError::Listen { address: listen, source };
        let listener = StdListener::bind(listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, folder, fallback })
    }

    /// Where it listens, with the port the system chose when none was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until SIGTERM or SIGINT; see [`serve`](crate::serve).
    ///
    /// # Errors
    /// When the event loop or the signal handlers cannot be set up.
    pub fn run(self) -> Result<(), SiteError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| SiteError::Start { source })?;
        LocalSet::new().block_on(&runtime, self.accept()).map_err(|source| SiteError::Start { source })
    }

    async fn accept(self) -> std::io::Result<()> {
        let listener = TcpListener::from_std(self.listener)?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(HEAD);
        let connections = GracefulShutdown::new();
        let (folder, fallback) = (Rc::new(self.folder), self.fallback);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            // An answer's head and body are two writes; without this the second waits for an acknowledgement.
            let _ = stream.set_nodelay(true);
            let folder = Rc::clone(&folder);
            let service = service_fn(move |request: Request<Incoming>| {
                std::future::ready(Ok::<_, Infallible>(answer(&folder, fallback, &request)))
            });
            let connection = connections.watch(server.serve_connection(TokioIo::new(stream), service));
            // A connection that breaks is its client's affair.
            tokio::task::spawn_local(async move { drop(connection.await) });
        }
        drop(listener);
        // What takes longer is cut off; nothing is written here that could be left half done.
        let _ = tokio::time::timeout(DRAIN, connections.shutdown()).await;
        Ok(())
    }
}
