//! One GET over HTTP/1.1 (RFC 9112), enough to ask a service how it is.

use model::unit::Millis;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What is kept of a body.
const EXCERPT: usize = 2 << 10;
/// What is read of an answer at most, head included.
const LIMIT: usize = 64 << 10;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Status code.
    pub status: u16,
    /// The first 2 KB of its body as text.
    pub body_excerpt: String,
    /// From the first byte sent to the last byte read.
    pub took: Millis,
}

/// There was no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// Nobody listens.
    #[error("nothing listens on {0}")]
    Refused(SocketAddr),
    /// Too slow.
    #[error("no answer from {address} within {} ms", after.as_millis())]
    TimedOut {
        /// Who was asked.
        address: SocketAddr,
        /// How long was waited.
        after: Duration,
    },
    /// The connection was cut before an answer was there.
    #[error("{address} closed the connection without an answer: {reason}")]
    Cut {
        /// Who was asked.
        address: SocketAddr,
        /// The machine's words.
        reason: String,
    },
    /// It answers, but not in HTTP.
    #[error("{address} does not speak HTTP: {excerpt:?}")]
    NotHttp {
        /// Who was asked.
        address: SocketAddr,
        /// How its answer begins.
        excerpt: String,
    },
}

/// Asks `address` for `path` and reads at most the beginning of the answer. Redirects are answers too. The timeout is for
/// everything together.
///
/// # Errors
/// When there is no answer in time, or it is not HTTP.
pub fn http_get(
    address: SocketAddr,
    path: &str,
    host: &str,
    timeout: Duration,
) -> Result<HttpAnswer, ProbeError> {
    let began = Instant::now();
    let (answer, bytes) =
        exchange(address, &request(path, host), began, timeout).map_err(|error| match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => ProbeError::TimedOut { address, after: timeout },
            ErrorKind::ConnectionRefused => ProbeError::Refused(address),
            _ => ProbeError::Cut { address, reason: error.to_string() },
        })?;
    match answer {
        Some(answer) => Ok(HttpAnswer {
            status: answer.status,
            body_excerpt: String::from_utf8_lossy(&answer.body[..answer.body.len().min(EXCERPT)])
                .into_owned(),
            took: Millis::from(began.elapsed()),
        }),
        None if bytes.is_empty() => Err(ProbeError::Cut { address, reason: "end of stream".into() }),
        None => {
            let excerpt = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).into_owned();
            Err(ProbeError::NotHttp { address, excerpt })
        }
    }
}

fn request(path: &str, host: &str) -> String {
    // Both come from a manifest; neither may end the line and begin another header.
    let clean = |text: &str| text.replace(|c: char| c.is_control() || c == ' ', "");
    format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: mainstay-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        clean(path),
        clean(host)
    )
}

/// Sends a request and reads until there is enough of an answer: what was understood of it, and all that came.
fn exchange(
    address: SocketAddr,
    request: &str,
    began: Instant,
    timeout: Duration,
) -> io::Result<(Option<Answer>, Vec<u8>)> {
    let left = || match timeout.saturating_sub(began.elapsed()) {
        Duration::ZERO => Err(io::Error::from(ErrorKind::TimedOut)),
        left => Ok(left),
    };
    let mut stream = TcpStream::connect_timeout(&address, left()?)?;
    stream.set_write_timeout(Some(left()?))?;
    stream.write_all(request.as_bytes())?;
    let (mut bytes, mut answer) = (Vec::new(), None::<Answer>);
    let mut buffer = [0; 4 << 10];
    while !answer.as_ref().is_some_and(Answer::is_enough) && bytes.len() <= LIMIT {
        let count = left().and_then(|left| {
            stream.set_read_timeout(Some(left))?;
            stream.read(&mut buffer)
        });
        match count {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if answer.is_none() => return Err(error),
            // A service that hangs up hard or goes on for ever after its status has still answered.
            Err(_) => break,
        }
        answer = Answer::parse(&bytes);
    }
    Ok((answer, bytes))
}

/// What of an answer is there so far.
struct Answer {
    status: u16,
    body: Vec<u8>,
    complete: bool,
}

impl Answer {
    fn is_enough(&self) -> bool {
        self.complete || self.body.len() >= EXCERPT
    }

    /// `None` while the head is not complete, or when it is none.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]);
        let body = &bytes[end + 4..];
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        first.next().filter(|version| version.starts_with("HTTP/1."))?;
        let status: u16 = first.next()?.parse().ok()?;
        if (100..200).contains(&status) {
            return Self::parse(body);
        }
        let header = |name: &str| {
            let fields = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
            fields
                .filter(|(field, _)| field.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.trim().to_owned())
                .last()
        };
        if header("transfer-encoding").is_some_and(|coding| coding.to_ascii_lowercase().ends_with("chunked"))
        {
            let (body, complete) = unchunk(body);
            return Some(Self { status, body, complete });
        }
        let length = if matches!(status, 204 | 304) {
            Some(0)
        } else {
            header("content-length").and_then(|length| length.parse::<usize>().ok())
        };
        let complete = length.is_some_and(|length| body.len() >= length);
        let body = body[..length.unwrap_or(body.len()).min(body.len())].to_vec();
        Some(Self { status, body, complete })
    }
}

/// The content of the chunks that are there, and whether the last one is.
fn unchunk(mut bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = bytes.windows(2).position(|window| window == b"\r\n") {
        let size = String::from_utf8_lossy(&bytes[..end]);
        let size = size.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(size, 16) else { return (body, true) };
        if size == 0 {
            return (body, true);
        }
        let chunk = &bytes[end + 2..];
        body.extend_from_slice(&chunk[..size.min(chunk.len())]);
        let Some(rest) = chunk.get(size.saturating_add(2)..) else { break };
        bytes = rest;
    }
    (body, false)
}
