//! The listener, and how it ends.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::time::Duration;

use hyper::http::Extensions;
use hyper::server::conn::http1;
use hyper::{HeaderMap, Method, Uri, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use s3s::auth::SimpleAuth;
use s3s::route::S3Route;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::validation::{AwsNameValidation, NameValidation};
use s3s::{Body, S3Request, S3Response, S3Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::api::Api;
use crate::store::Store;
use crate::{BucketConfig, BucketError};

/// How long requests under way may take after a signal to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How long a client may take to send a request's head, and a connection may be idle.
const HEAD: Duration = Duration::from_secs(75);
/// How long to wait when the system has no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A server that listens and does not answer yet.
pub struct Bucket {
    listener: StdListener,
    address: SocketAddr,
    service: S3Service,
}

impl Bucket {
    /// Takes the folder, makes the buckets and binds the address.
    ///
    /// # Errors
    /// When one of these cannot be done; see [`BucketError`].
    pub fn bind(config: BucketConfig) -> Result<Self, BucketError> {
        let rules = AwsNameValidation::new();
        if let Some(name) = config.buckets.iter().find(|name| !rules.validate_bucket_name(name)) {
            return Err(BucketError::Name { name: name.clone() });
        }
        let store = Store::open(&config.root)?;
        for name in &config.buckets {
            let made = store.create_bucket(name);
            made.map_err(|source| BucketError::Folder { path: config.root.join(name), source })?;
        }
        let listen = |source| BucketError::Listen { address: config.listen, source };
        let listener = StdListener::bind(config.listen).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let mut service = S3ServiceBuilder::new(Api::new(store));
        service.set_auth(SimpleAuth::from_single(config.access_key, config.secret_key.expose()));
        service.set_route(Alive);
        Ok(Self { listener, address, service: service.build() })
    }

    /// Where it listens, with the port the system chose when none was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until SIGTERM or SIGINT; see [`serve`](crate::serve).
    ///
    /// # Errors
    /// When the event loop or the signal handlers cannot be set up.
    pub fn run(self) -> Result<(), BucketError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| BucketError::Start { source })?;
        runtime.block_on(self.accept()).map_err(|source| BucketError::Start { source })
    }

    async fn accept(self) -> std::io::Result<()> {
        let listener = TcpListener::from_std(self.listener)?;
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
            let connection = server.serve_connection(TokioIo::new(stream), self.service.clone());
            let connection = connections.watch(connection);
            // A connection that breaks is its client's affair.
            tokio::spawn(async move { drop(connection.await) });
        }
        drop(listener);
        // Requests that take longer are cut off; nothing half written becomes visible.
        let _ = tokio::time::timeout(DRAIN, connections.shutdown()).await;
        Ok(())
    }
}

/// Says that the server is there, to probes that have no key.
struct Alive;

#[async_trait::async_trait]
impl S3Route for Alive {
    fn is_match(&self, method: &Method, uri: &Uri, headers: &HeaderMap, _: &mut Extensions) -> bool {
        let signed = headers.contains_key(header::AUTHORIZATION);
        method == Method::GET && uri.path() == "/" && uri.query().is_none() && !signed
    }

    async fn check_access(&self, _: &mut S3Request<Body>) -> S3Result<()> {
        Ok(())
    }

    async fn call(&self, _: S3Request<Body>) -> S3Result<S3Response<Body>> {
        Ok(S3Response::new(Body::from("ok\n".to_owned())))
    }
}
