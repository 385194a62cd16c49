//! HTTP with servers elsewhere, over TLS: as a person's own programs reach them, through the proxy that the environment
//! names and trusting what the machine trusts.

use super::exchange::{Answer, Payload, Request, Wire, talk};
use crate::environment;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fmt;
use std::io::{self, Error, ErrorKind};
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest silence before an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where systems keep the authorities that they trust, as one file: Debian, Fedora, SUSE, Alpine.
const AUTHORITIES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// An address on the web.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Url {
    /// Whether it is HTTPS.
    pub(super) secure: bool,
    /// With the port, where one is named.
    pub(super) authority: String,
    /// With the query; it begins with a slash.
    pub(super) path: String,
}

impl Url {
    /// Reads `http://…` and `https://…`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let secure = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let is_clean = |text: &str| !text.contains(|c: char| c.is_control() || c == ' ' || c == '@');
        let slash = if path.starts_with('/') { "" } else { "/" };
        let url = Self { secure, authority: authority.to_owned(), path: format!("{slash}{path}") };
        (!authority.is_empty() && is_clean(text) && url.port().is_some()).then_some(url)
    }

    /// The name or address without the port; that of IPv6 without its brackets.
    pub(super) fn host(&self) -> &str {
        host_of(&self.authority)
    }

    /// `None` when what stands there is no port.
    fn port(&self) -> Option<u16> {
        match self.authority.rsplit_once(':') {
            Some((_, port)) if !port.ends_with(']') => port.parse().ok(),
            Some(_) | None => Some(if self.secure { 443 } else { 80 }),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.path.trim_end_matches('/'))
    }
}

fn host_of(authority: &str) -> &str {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        Some(_) | None => authority,
    };
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Whether what is sent there stays on this machine.
pub(super) fn is_loopback(authority: &str) -> bool {
    let host = host_of(authority);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Asks for something, with these headers.
///
/// # Errors
/// When there is no connection or no answer; what the server refuses is an answer.
pub(super) fn ask(url: &Url, method: &str, headers: &[(&str, &str)]) -> io::Result<Answer> {
    let port = url.port().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "no port"))?;
    let stream = match proxy(url) {
        Some(proxy) => tunnel(&proxy, url.host(), port)?,
        None => connect(url.host(), port)?,
    };
    stream.set_write_timeout(Some(PATIENCE))?;
    let wire = if url.secure { secured(stream, url.host())? } else { Wire::Address(stream) };
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .copied()
        .chain([("User-Agent", "mainstay"), ("Accept-Encoding", "identity")])
        .collect();
    let request = Request {
        method,
        path: &url.path,
        host: &url.authority,
        headers: &headers,
        body: Payload::Nothing,
        patience: PATIENCE,
    };
    talk(wire, request)
}

fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = Error::new(ErrorKind::NotFound, "the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn secured(stream: TcpStream, host: &str) -> io::Result<Wire> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Error::new(ErrorKind::InvalidInput, format!("{host} is no name of a server")))?;
    let session = ClientConnection::new(Arc::new(trust()?), name).map_err(Error::other)?;
    Ok(Wire::Secure(Box::new(StreamOwned::new(session, stream))))
}

/// Trusts the authorities of the machine, or those in the file that `SSL_CERT_FILE` names, as OpenSSL does.
fn trust() -> io::Result<ClientConfig> {
    let named = environment::variable("SSL_CERT_FILE").map(PathBuf::from);
    let usual = || AUTHORITIES.iter().map(PathBuf::from).find(|path| path.is_file());
    let path = named.or_else(usual).ok_or_else(|| {
        Error::new(
            ErrorKind::NotFound,
            "this machine has no list of trusted authorities: install ca-certificates",
        )
    })?;
    let unreadable = |error| Error::other(format!("{}: {error}", path.display()));
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(&path).map_err(unreadable)?;
    roots.add_parsable_certificates(certificates.filter_map(Result::ok));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// The proxy that the environment names for an address: `HTTPS_PROXY` for HTTPS, with `NO_PROXY`. Plain HTTP, which stays
/// in one's own network, goes without.
fn proxy(url: &Url) -> Option<Url> {
    let set =
        |name: &str| environment::variable(name).or_else(|| environment::variable(&name.to_lowercase()));
    if !url.secure
        || is_loopback(&url.authority)
        || is_excluded(url.host(), &set("NO_PROXY").unwrap_or_default())
    {
        return None;
    }
    let address = set("HTTPS_PROXY")?;
    Url::parse(&address).or_else(|| Url::parse(&format!("http://{address}"))).filter(|proxy| !proxy.secure)
}

/// Whether a list of names has this one or a domain above it.
fn is_excluded(host: &str, list: &str) -> bool {
    list.split(',').map(|entry| entry.trim().trim_start_matches("*.").trim_start_matches('.')).any(|entry| {
        entry == "*" || (!entry.is_empty() && (host == entry || host.ends_with(&format!(".{entry}"))))
    })
}

/// A connection through a proxy (RFC 9110, 9.3.6).
fn tunnel(proxy: &Url, host: &str, port: u16) -> io::Result<TcpStream> {
    let stream = connect(proxy.host(), proxy.port().unwrap_or(80))
        .map_err(|error| Error::new(error.kind(), format!("the proxy {proxy}: {error}")))?;
    let target = format!("{host}:{port}");
    let request = Request {
        method: "CONNECT",
        path: &target,
        host: &target,
        headers: &[],
        body: Payload::Nothing,
        patience: PATIENCE,
    };
    // What follows the head is the other server's, and it does not speak first.
    let answer = talk(Wire::Address(stream.try_clone()?), request)?;
    match answer.status {
        200..=299 => Ok(stream),
        status => Err(Error::other(format!("the proxy {proxy} answers {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read =
            |text| Url::parse(text).map(|url| (url.secure, url.host().to_owned(), url.port(), url.path));
        let found =
            |secure, host: &str, port, path: &str| Some((secure, host.into(), Some(port), path.into()));
        assert_eq!(read("https://a.example"), found(true, "a.example", 443, "/"));
        assert_eq!(read("http://[::1]:5000/v2/?n=1"), found(false, "::1", 5000, "/v2/?n=1"));
        assert_eq!(read("https://a.example?x=y"), found(true, "a.example", 443, "/?x=y"));
        for wrong in ["a.example", "ftp://a", "https://", "https://a:x/", "https://a b/", "https://me:pw@a/"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn loopback_is_told_from_names_that_look_like_it() {
        assert!(
            ["localhost:5000", "127.0.0.1", "127.9.9.9:1", "[::1]:5000"].iter().all(|at| is_loopback(at))
        );
        assert!(
            !["localhost.example", "10.0.0.1:5000", "127.0.0.1.example"].iter().any(|at| is_loopback(at))
        );
    }

    #[test]
    fn some_go_without_the_proxy() {
        assert!(is_excluded("a.example", "x, .example"));
        assert!(is_excluded("a.example", "a.example") && is_excluded("a.example", "*"));
        assert!(!is_excluded("a.example", "b.example,ample,") && !is_excluded("a.example", ""));
    }
}
