//! The bucket as a server.

use std::net::SocketAddr;

use hyper::http::Extensions;
use hyper::{HeaderMap, Method, Uri, header};
use listen::Listener;
use s3s::auth::SimpleAuth;
use s3s::route::S3Route;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::validation::{AwsNameValidation, NameValidation};
use s3s::{Body, S3Request, S3Response, S3Result};

use crate::api::Api;
use crate::store::Store;
use crate::{BucketConfig, BucketError};

/// A server that listens and does not answer yet.
pub struct Bucket {
    listener: Listener,
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
        let address = config.listen;
        let listener = Listener::bind(address).map_err(|source| BucketError::Listen { address, source })?;
        let mut service = S3ServiceBuilder::new(Api::new(store));
        service.set_auth(SimpleAuth::from_single(config.access_key, config.secret_key.expose()));
        service.set_route(Alive);
        Ok(Self { listener, service: service.build() })
    }

    /// Where it listens, with the port the system chose when none was asked for.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Serves until SIGTERM or SIGINT; see [`serve`](crate::serve).
    ///
    /// # Errors
    /// When the event loop or the signal handlers cannot be set up.
    pub fn run(self) -> Result<(), BucketError> {
        // Where requests are cut off at the end, nothing half written becomes visible.
        self.listener.serve(self.service).map_err(|source| BucketError::Start { source })
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
