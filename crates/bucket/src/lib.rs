//! A bucket for one machine: an S3-compatible server over a folder, so that an application that keeps its uploads in
//! S3 runs without an account or a network.
//!
//! The protocol (signatures, XML, chunked uploads) is `s3s`; the [store] beneath it is ours, because an object that was
//! acknowledged must be there after a crash. Objects and buckets survive restarts; an unfinished multipart upload
//! does not, its client is told `NoSuchUpload` and starts again. There are no versions, policies or ACLs.
//!
//! [store]: crate::store

mod api;
mod server;
mod store;

use std::net::SocketAddr;
use std::path::PathBuf;

use model::secret::Secret;

pub use server::Bucket;

/// What the server needs.
#[derive(Debug, Clone)]
pub struct BucketConfig {
    /// The folder everything is kept in; made when it is not there. One server at a time may use it.
    pub root: PathBuf,
    /// Where to listen; port 0 takes a free one, see [`Bucket::address`].
    pub listen: SocketAddr,
    /// The access key id requests are signed with.
    pub access_key: String,
    /// The secret that belongs to it.
    pub secret_key: Secret,
    /// Buckets that are there from the start.
    pub buckets: Vec<String>,
}

/// Why the server did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// The folder cannot be used.
    #[error(
        "bucket: cannot use {path}: {source}; check that the folder exists, is writable and that the disk has room"
    )]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another server has the folder.
    #[error("bucket: another server uses {root}; stop it, or give this one a folder of its own")]
    Busy {
        /// The folder.
        root: PathBuf,
    },
    /// The address cannot be bound.
    #[error("bucket: cannot listen on {address}: {source}; choose a free port")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// S3 does not allow the name.
    #[error(
        "bucket: {name:?} cannot be the name of a bucket; use 3 to 63 lower-case letters, digits, dots and hyphens"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// The runtime or the signal handlers could not be set up.
    #[error("bucket: cannot start serving: {source}")]
    Start {
        /// What the system said.
        source: std::io::Error,
    },
}

/// Serves until SIGTERM or SIGINT, then lets the requests under way finish.
///
/// `GET /` without a signature answers 200 and gives nothing away, for probes; everything else must be signed.
///
/// # Errors
/// When it cannot start; see [`BucketError`].
pub fn serve(config: BucketConfig) -> Result<(), BucketError> {
    Bucket::bind(config)?.run()
}
