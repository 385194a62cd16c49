//! HTTP/1.1 (RFC 9112) with a daemon of this machine, over its Unix socket or loopback. One request a connection.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// Longest head of an answer, in bytes.
const LONGEST_HEAD: u64 = 64 << 10;
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
    /// The body.
    pub body: Payload<'b>,
    /// Longest silence that is taken for an answer to come.
    pub patience: Duration,
}

/// Writes a body.
pub type Writer<'a> = &'a mut dyn FnMut(&mut dyn Write) -> io::Result<()>;

/// The body of a request.
pub enum Payload<'a> {
    /// None.
    Nothing,
    /// Bytes of a media type.
    Bytes(&'a str, &'a [u8]),
    /// A body of a media type whose length is known when it is written.
    Written(&'a str, Writer<'a>),
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

/// An answer, its body still to be read. Reading fails with [`ErrorKind::WouldBlock`] after so much silence as
/// [`DaemonAnswer::hurry`] allows, and can be tried again then.
pub struct DaemonAnswer {
    /// Status code.
    pub status: u16,
    headers: Vec<(String, String)>,
    wire: BufReader<Wire>,
    body: Body,
}

enum Body {
    /// So many bytes are left.
    Length(u64),
    /// A chunk with so many bytes left, and what is there of the next one's first line.
    Chunks { left: u64, line: Vec<u8>, over: bool },
    /// Until the end of the connection.
    Rest,
}

enum Wire {
    Socket(UnixStream),
    Address(TcpStream),
}

impl Wire {
    fn open(daemon: &Daemon) -> io::Result<Self> {
        Ok(match daemon {
            Daemon::Socket(path) => Self::Socket(UnixStream::connect(path)?),
            Daemon::Address(address) => Self::Address(TcpStream::connect_timeout(address, CONNECT)?),
        })
    }

    fn hurry(&self, silence: Duration) -> io::Result<()> {
        match self {
            Self::Socket(stream) => stream.set_read_timeout(Some(silence)),
            Self::Address(stream) => stream.set_read_timeout(Some(silence)),
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.read(buffer),
            Self::Address(stream) => stream.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.write(bytes),
            Self::Address(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Socket(stream) => stream.flush(),
            Self::Address(stream) => stream.flush(),
        }
    }
}

/// Asks a daemon something. Returns when the head of the answer is there.
///
/// # Errors
/// When nobody listens, we may not ask, or the conversation is cut. A refusal is an answer.
pub fn ask_daemon(daemon: &Daemon, request: DaemonRequest<'_, '_>) -> Result<DaemonAnswer, DaemonError> {
    let place = daemon.to_string();
    let wire = Wire::open(daemon).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => DaemonError::Denied(place.clone()),
        _ => DaemonError::Absent(place.clone()),
    })?;
    talk(wire, request).map_err(|error| DaemonError::Cut { place, reason: error.to_string() })
}

fn talk(mut wire: Wire, request: DaemonRequest<'_, '_>) -> io::Result<DaemonAnswer> {
    wire.hurry(request.patience)?;
    let sent =
        send(&mut wire, &request.path.replace(char::is_whitespace, "%20"), request.method, request.body);
    let mut wire = BufReader::new(wire);
    // A daemon that refuses early hangs up while it is still being written to; its answer says why.
    match (head(&mut wire), sent) {
        (Ok((status, headers)), _) => {
            let body = body(status, &headers);
            Ok(DaemonAnswer { status, headers, wire, body })
        }
        (Err(_), Err(error)) | (Err(error), Ok(())) => Err(error),
    }
}

fn send(wire: &mut Wire, path: &str, method: &str, body: Payload<'_>) -> io::Result<()> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    match body {
        Payload::Nothing => {
            head += "Content-Length: 0\r\n\r\n";
            wire.write_all(head.as_bytes())
        }
        Payload::Bytes(kind, bytes) => {
            head += &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n", bytes.len());
            wire.write_all(head.as_bytes())?;
            wire.write_all(bytes)
        }
        Payload::Written(kind, write) => {
            head += &format!("Content-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n");
            wire.write_all(head.as_bytes())?;
            let mut chunks = io::BufWriter::with_capacity(64 << 10, ChunkWriter(wire));
            write(&mut chunks)?;
            chunks.flush()?;
            drop(chunks);
            wire.write_all(b"0\r\n\r\n")
        }
    }
}

/// Each write becomes a chunk.
struct ChunkWriter<'a>(&'a mut Wire);

impl Write for ChunkWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !bytes.is_empty() {
            write!(self.0, "{:x}\r\n", bytes.len())?;
            self.0.write_all(bytes)?;
            self.0.write_all(b"\r\n")?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

type Headers = Vec<(String, String)>;

fn head(wire: &mut BufReader<Wire>) -> io::Result<(u16, Headers)> {
    let mut status = None;
    let mut headers = Vec::new();
    let mut wire = wire.by_ref().take(LONGEST_HEAD);
    loop {
        let mut line = Vec::new();
        if wire.read_until(b'\n', &mut line)? == 0 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "it hung up"));
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        match (status, line.is_empty()) {
            (None, _) => {
                let code = line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
                status = Some(
                    code.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "it does not speak HTTP"))?,
                );
            }
            // Interim answers (RFC 9110, 15.2) come before the real one.
            (Some(100..=199), true) => (status, headers) = (None, Vec::new()),
            (Some(code), true) => return Ok((code, headers)),
            (Some(_), false) => {
                if let Some((name, value)) = line.split_once(':') {
                    headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
            }
        }
    }
}

fn body(status: u16, headers: &Headers) -> Body {
    let header =
        |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    if matches!(status, 204 | 304) {
        Body::Length(0)
    } else if header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        Body::Chunks { left: 0, line: Vec::new(), over: false }
    } else {
        header("content-length").and_then(|length| length.parse().ok()).map_or(Body::Rest, Body::Length)
    }
}

impl DaemonAnswer {
    /// A header of the answer, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// How long reading waits for something to come.
    ///
    /// # Errors
    /// When the socket refuses.
    pub fn hurry(&self, silence: Duration) -> io::Result<()> {
        self.wire.get_ref().hurry(silence)
    }
}

impl Read for DaemonAnswer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.body {
            Body::Rest => self.wire.read(buffer),
            Body::Length(left) => {
                let count = self.wire.by_ref().take(*left).read(buffer)?;
                if count == 0 && *left > 0 && !buffer.is_empty() {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                *left -= count as u64;
                Ok(count)
            }
            Body::Chunks { left, line, over } => {
                while *left == 0 && !*over {
                    // What came before a silence stays in `line`.
                    if self.wire.read_until(b'\n', line)? == 0 {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                    let text = String::from_utf8_lossy(line).trim().to_owned();
                    line.clear();
                    // The line that ends the chunk before is empty.
                    if text.is_empty() {
                        continue;
                    }
                    let size = text.split(';').next().unwrap_or_default();
                    *left = u64::from_str_radix(size, 16)
                        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "a chunk without a size"))?;
                    *over = *left == 0;
                }
                if *over {
                    return Ok(0);
                }
                let count = self.wire.by_ref().take(*left).read(buffer)?;
                if count == 0 && !buffer.is_empty() {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                *left -= count as u64;
                Ok(count)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let request = DaemonRequest { method: "GET", path: "/x", body: Payload::Nothing, patience };
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
