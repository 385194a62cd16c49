//! TLS from files.

use crate::core::Core;
use crate::error::ProxyError;
use crate::serve::{Client, Origin};
use crate::stream::Stream;
use model::routing::TlsFiles;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// The certificates of one listener: by host name, and one for all others.
#[derive(Debug, Default)]
pub(crate) struct Certificates {
    hosts: HashMap<String, Arc<CertifiedKey>>,
    fallback: Option<Arc<CertifiedKey>>,
}

impl Certificates {
    /// Uses a certificate for a host, or for any.
    pub(crate) fn add(&mut self, host: Option<&str>, key: &Arc<CertifiedKey>) {
        match host {
            Some(host) => drop(self.hosts.insert(host.to_owned(), Arc::clone(key))),
            None => self.fallback = Some(Arc::clone(key)),
        }
    }

    /// What a listener answers handshakes with. A host without a certificate of its own gets the one for any host.
    pub(crate) fn into_config(self) -> Result<Arc<rustls::ServerConfig>, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(self));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and_then(|name| self.hosts.get(&name.to_ascii_lowercase()));
        named.or(self.fallback.as_ref()).cloned()
    }
}

/// Reads a certificate chain and its key, and checks that they belong together.
pub(crate) fn load(files: &TlsFiles) -> Result<Arc<CertifiedKey>, ProxyError> {
    let bad = |path: &std::path::Path| {
        let path = path.to_owned();
        move |reason: String| ProxyError::Certificate { path, reason }
    };
    let chain =
        CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|e| bad(&files.certificate)(e.to_string()))?;
    if chain.is_empty() {
        return Err(bad(&files.certificate)("it has no certificate".into()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|e| bad(&files.key)(e.to_string()))?;
    let provider = rustls::crypto::ring::default_provider();
    let key =
        CertifiedKey::from_der(chain, key, &provider).map_err(|e| bad(&files.certificate)(e.to_string()))?;
    Ok(Arc::new(key))
}

/// Shakes hands and serves what the client chose to speak.
pub(crate) async fn serve(core: Rc<Core>, io: TcpStream, origin: Origin, config: Arc<rustls::ServerConfig>) {
    let limit = Duration::from_secs(core.settings.timeouts.head.into());
    let acceptor = tokio_rustls::TlsAcceptor::from(config);
    // What goes wrong in a handshake was told to the client by an alert; scanners make it too common to log.
    let Ok(Ok(io)) = tokio::time::timeout(limit, acceptor.accept(io)).await else { return };
    let http2 = io.get_ref().1.alpn_protocol() == Some(b"h2");
    let address: Rc<str> = origin.peer.ip().to_canonical().to_string().into();
    let io = Stream::Tls(Box::new(io));
    if http2 {
        crate::h2::serve(&core, io, Vec::new(), origin, &address).await;
    } else {
        Client::new(&core, io, origin, address).serve().await;
    }
}
