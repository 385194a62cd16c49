//! HTTP with a daemon of this machine, over its Unix socket or loopback.

use super::exchange::{Answer, Payload, Request, Wire, talk};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// Where a daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Daemon {
    /// A Unix socket.
    Socket(PathBuf),
    /// A TCP address.
    Address(SocketAddr),
}

impl std::fmt::Display for Daemon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Socket(path) => write!(f, "unix://{}", path.display()),
            Self::Address(address) => write!(f, "tcp://{address}"),
        }
    }
}

/// What goes to a daemon.
pub struct DaemonRequest<'a, 'b> {
    /// `GET`, `POST`, `PUT`, `DELETE`.
    pub method: &'a str,
    /// The path with its query, percent-encoded.
    pub path: &'a str,
    /// Further headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: Payload<'b>,
    /// Longest silence that is taken for an answer to come.
    pub patience: Duration,
}

/// There was no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DaemonError {
    /// Nobody listens there.
    #[error("nothing answers at {0}")]
    Absent(String),
    /// We may not connect.
    #[error("no permission to use {0}")]
    Denied(String),
    /// The conversation was cut, or was none in HTTP.
    #[error("{place} did not answer: {reason}")]
    Cut {
        /// Who was asked.
        place: String,
        /// The machine's words.
        reason: String,
    },
}

/// Asks a daemon something. Returns when the head of the answer is there.
///
/// # Errors
/// When nobody listens, we may not ask, or the conversation is cut. A refusal is an answer.
pub fn ask_daemon(daemon: &Daemon, request: DaemonRequest<'_, '_>) -> Result<Answer, DaemonError> {
    let place = daemon.to_string();
    let wire = open(daemon).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => DaemonError::Denied(place.clone()),
        _ => DaemonError::Absent(place.clone()),
    })?;
    let path = request.path.replace(char::is_whitespace, "%20");
    let request = Request {
        method: request.method,
        path: &path,
        host: "localhost",
        headers: request.headers,
        body: request.body,
        patience: request.patience,
    };
    talk(wire, request).map_err(|error| DaemonError::Cut { place, reason: error.to_string() })
}

fn open(daemon: &Daemon) -> io::Result<Wire> {
    Ok(match daemon {
        Daemon::Socket(path) => Wire::Socket(UnixStream::connect(path)?),
        Daemon::Address(address) => Wire::Address(TcpStream::connect_timeout(address, CONNECT)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    fn served(answer: &'static [u8]) -> (Daemon, std::thread::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = vec![0; 4096];
            let count = stream.read(&mut asked).unwrap();
            stream.write_all(answer).unwrap();
            asked.truncate(count);
            asked
        });
        (Daemon::Address(address), thread)
    }

    fn get(daemon: &Daemon) -> Result<(u16, String), DaemonError> {
        let patience = Duration::from_secs(5);
        let request =
            DaemonRequest { method: "GET", path: "/x", headers: &[], body: Payload::Nothing, patience };
        let mut answer = ask_daemon(daemon, request)?;
        let mut text = String::new();
        answer.read_to_string(&mut text).unwrap();
        Ok((answer.status, text))
    }

    #[test]
    fn answers_of_every_length_are_read() {
        for answer in [
            &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"[..],
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
            b"HTTP/1.0 200 OK\r\n\r\nhello",
        ] {
            let (daemon, thread) = served(answer);
            assert_eq!(get(&daemon).unwrap(), (200, "hello".to_owned()));
            assert!(thread.join().unwrap().starts_with(b"GET /x HTTP/1.1\r\n"));
        }
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let (daemon, _thread) = served(b"SSH-2.0-x\r\n");
        assert!(matches!(get(&daemon), Err(DaemonError::Cut { .. })));
        assert!(matches!(get(&Daemon::Socket("/nowhere/s".into())), Err(DaemonError::Absent(_))));
    }
}
