//! The site as a server.

use crate::answer::answer;
use crate::fallback::Fallback;
use crate::folder::Folder;
use crate::{SiteConfig, SiteError};
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use listen::Listener;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;

/// A server that listens and does not answer yet.
#[derive(Debug)]
pub struct Site {
    listener: Listener,
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
        let listener =
            Listener::bind(listen).map_err(|source| SiteError::Listen { address: listen, source })?;
        Ok(Self { listener, folder, fallback })
    }

    /// Where it listens, with the port the system chose when none was asked for.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Serves until SIGTERM or SIGINT; see [`serve`](crate::serve).
    ///
    /// # Errors
    /// When the event loop or the signal handlers cannot be set up.
    pub fn run(self) -> Result<(), SiteError> {
        let (folder, fallback) = (Rc::new(self.folder), self.fallback);
        let service = Rc::new(service_fn(move |request: Request<Incoming>| {
            std::future::ready(Ok::<_, Infallible>(answer(&folder, fallback, &request)))
        }));
        self.listener.serve(service).map_err(|source| SiteError::Start { source })
    }
}
