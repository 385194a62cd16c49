//! The frame of every small server that the binary can be: one address, HTTP/1.1, one thread, and an end that lets requests
//! finish. What is served is the caller's.

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::error::Error;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
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

/// What errors of a service or of its bodies become.
type Cause = Box<dyn Error + Send + Sync>;

/// An address that is bound, where nobody answers yet.
#[derive(Debug)]
pub struct Listener {
    socket: StdListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds an address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = StdListener::bind(address)?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// Where it listens, with the port the system chose when none was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until SIGTERM or SIGINT, then takes no more connections and lets the requests under way finish for a while.
    ///
    /// # Errors
    /// When the event loop or the signal handlers cannot be set up.
    pub fn serve<S, B>(self, service: S) -> io::Result<()>
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + 'static,
        S::Error: Into<Cause>,
        B: Body + 'static,
        B::Error: Into<Cause>,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, accept(self.socket, service))
    }
}

async fn accept<S, B>(socket: StdListener, service: S) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + 'static,
    S::Error: Into<Cause>,
    B: Body + 'static,
    B::Error: Into<Cause>,
{
    let listener = TcpListener::from_std(socket)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let connections = GracefulShutdown::new();
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
        let connection = connections.watch(server.serve_connection(TokioIo::new(stream), service.clone()));
        // A connection that breaks is its client's affair.
        tokio::task::spawn_local(async move { drop(connection.await) });
    }
    drop(listener);
    // What takes longer is cut off.
    let _ = tokio::time::timeout(DRAIN, connections.shutdown()).await;
    Ok(())
}
