//! A static site from a folder of files: what services of kind `static` run.
//!
//! A path becomes a file ([`route`]), a file becomes an answer ([`answer`]), and what may be kept by browsers is told from
//! the file's name ([`cache`]). Only `GET` and `HEAD`, HTTP/1.1, on the address the proxy sends requests to.

mod answer;
mod body;
mod cache;
mod condition;
mod fallback;
mod folder;
mod route;
mod server;

use std::net::SocketAddr;
use std::path::PathBuf;

pub use fallback::Fallback;
pub use server::Site;

/// What the server needs.
#[derive(Debug, Clone)]
pub struct SiteConfig {
    /// The folder with the built site.
    pub root: PathBuf,
    /// Where to listen; port 0 takes a free one, see [`Site::address`].
    pub listen: SocketAddr,
    /// What is answered where there is no file; see [`Fallback::detect`].
    pub fallback: Fallback,
}

/// Why the server did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The folder cannot be read.
    #[error("site: cannot read {path}: {source}; check that the build writes its output there")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address cannot be bound.
    #[error("site: cannot listen on {address}: {source}; choose a free port")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The runtime or the signal handlers could not be set up.
    #[error("site: cannot start serving: {source}; check the limits on open files and memory")]
    Start {
        /// What the system said.
        source: std::io::Error,
    },
}

/// Serves until SIGTERM or SIGINT, then lets the requests under way finish.
///
/// # Errors
/// When it cannot start; see [`SiteError`].
pub fn serve(config: SiteConfig) -> Result<(), SiteError> {
    Site::bind(config)?.run()
}
