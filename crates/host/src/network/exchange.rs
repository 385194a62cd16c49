//! HTTP/1.1 (RFC 9112) over whatever carries it. One request a connection.

use super::upgrade::Upgraded;
use rustls::{ClientConnection, StreamOwned};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// Longest head of an answer, in bytes.
const LONGEST_HEAD: u64 = 64 << 10;

/// What is asked.
pub(super) struct Request<'a, 'b> {
    pub(super) method: &'a str,
    /// With its query, percent-encoded.
    pub(super) path: &'a str,
    pub(super) host: &'a str,
    /// Further headers.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: Payload<'b>,
    /// Longest silence that is taken for an answer to come.
    pub(super) patience: Duration,
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
    /// None. If whoever is asked agrees, this protocol is spoken after the answer (RFC 9110, 7.8).
    Upgrade(&'a str),
}

/// An answer, its body still to be read. Reading fails with [`ErrorKind::WouldBlock`] after so much silence as
/// [`Answer::hurry`] allows, and can be tried again then.
pub struct Answer {
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

/// What carries it.
pub(super) enum Wire {
    Socket(UnixStream),
    Address(TcpStream),
    Secure(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Wire {
    fn hurry(&self, silence: Duration) -> io::Result<()> {
        match self {
            Self::Socket(stream) => stream.set_read_timeout(Some(silence)),
            Self::Address(stream) => stream.set_read_timeout(Some(silence)),
            Self::Secure(stream) => stream.sock.set_read_timeout(Some(silence)),
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.read(buffer),
            Self::Address(stream) => stream.read(buffer),
            Self::Secure(stream) => stream.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.write(bytes),
            Self::Address(stream) => stream.write(bytes),
            Self::Secure(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Socket(stream) => stream.flush(),
            Self::Address(stream) => stream.flush(),
            Self::Secure(stream) => stream.flush(),
        }
    }
}

/// Sends a request, and returns when the head of the answer is there.
pub(super) fn talk(mut wire: Wire, request: Request<'_, '_>) -> io::Result<Answer> {
    wire.hurry(request.patience)?;
    let has_body = request.method != "HEAD";
    let sent = send(&mut wire, request);
    let mut wire = BufReader::new(wire);
    // A daemon that refuses early hangs up while it is still being written to; its answer says why.
    match (head(&mut wire), sent) {
        (Ok((status, headers)), _) => {
            let body = if has_body { body(status, &headers) } else { Body::Length(0) };
            Ok(Answer { status, headers, wire, body })
        }
        (Err(_), Err(error)) | (Err(error), Ok(())) => Err(error),
    }
}

fn send(wire: &mut Wire, request: Request<'_, '_>) -> io::Result<()> {
    let Request { method, path, host, .. } = request;
    let after = if matches!(request.body, Payload::Upgrade(_)) { "Upgrade" } else { "close" };
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: {after}\r\n");
    for (name, value) in request.headers {
        head += &format!("{name}: {value}\r\n");
    }
    match request.body {
        Payload::Nothing => {
            head += "Content-Length: 0\r\n\r\n";
            wire.write_all(head.as_bytes())
        }
        Payload::Upgrade(protocol) => {
            head += &format!("Upgrade: {protocol}\r\n\r\n");
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
            // Interim answers (RFC 9110, 15.2) come before the real one; 101 is one itself.
            (Some(100 | 102..=199), true) => (status, headers) = (None, Vec::new()),
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

impl Answer {
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

    /// The connection, where the protocol is spoken now that [`Payload::Upgrade`] named; `None` when that was refused.
    pub fn upgraded(self) -> Option<Upgraded> {
        (self.status == 101).then(|| Upgraded::new(self.wire))
    }
}

impl Read for Answer {
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
