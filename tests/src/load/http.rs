//! An HTTP/1.1 client that does what it is told and nothing behind the caller's back (RFC 9112).

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for any byte; longer than the slowest request.
const PATIENCE: Duration = Duration::from_secs(15);

/// A connection on which requests follow each other.
pub struct Connection {
    stream: BufReader<TcpStream>,
    used: bool,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Reply {
    /// A header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether the connection ends with this answer.
    pub fn closes(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// One GET on a connection of its own.
///
/// # Errors
/// Why there was no answer.
pub fn get(address: SocketAddr, path: &str) -> Result<Reply, String> {
    Connection::open(address)?.request("GET", path, &[("connection", "close")], b"")
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When the connection is refused or takes too long.
    pub fn open(address: SocketAddr) -> Result<Self, String> {
        let connect = || -> io::Result<TcpStream> {
            let stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let stream = connect().map_err(|error| format!("no connection: {error}"))?;
        Ok(Self { stream: BufReader::new(stream), used: false })
    }

    /// Sends a request and reads its whole answer.
    ///
    /// # Errors
    /// What happened instead of an answer.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply, String> {
        let state = if self.used { "kept" } else { "new" };
        let reply = self.exchange(method, path, headers, body);
        self.used = true;
        reply.map_err(|error| format!("on a {state} connection: {error}"))
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Reply> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: shop.test\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method == "POST" {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let bytes = [head.as_bytes(), body].concat();
        self.stream.get_mut().write_all(&bytes)?;
        let (status, headers) = read_head(&mut self.stream)?;
        let mut reply = Reply { status, headers, body: Vec::new() };
        if method != "HEAD" {
            self.read_body(&mut reply)?;
        }
        Ok(reply)
    }

    fn read_body(&mut self, reply: &mut Reply) -> io::Result<()> {
        if reply.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.read_chunks(&mut reply.body);
        }
        match reply.header("content-length").map(str::parse::<usize>) {
            Some(Ok(length)) => {
                reply.body.resize(length, 0);
                self.stream.read_exact(&mut reply.body)
            }
            Some(Err(_)) => Err(broken("a content-length that is no number")),
            None => self.stream.read_to_end(&mut reply.body).map(drop),
        }
    }

    fn read_chunks(&mut self, body: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let line = read_line(&mut self.stream)?;
            let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)
                .map_err(|_| broken("a chunk size that is no number"))?;
            let at = body.len();
            body.resize(at + size, 0);
            self.stream.read_exact(&mut body[at..])?;
            if !read_line(&mut self.stream)?.is_empty() {
                return Err(broken("a chunk longer than it said"));
            }
            if size == 0 {
                return Ok(());
            }
        }
    }

    /// Asks for another protocol; only the head of the answer is read.
    pub(super) fn upgrade(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Reply, String> {
        let fields: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("GET {path} HTTP/1.1\r\nhost: shop.test\r\n{fields}\r\n");
        let sent = self.stream.get_mut().write_all(head.as_bytes());
        let answer = sent.and_then(|()| read_head(&mut self.stream));
        let (status, headers) = answer.map_err(|error| format!("no answer to the upgrade: {error}"))?;
        Ok(Reply { status, headers, body: Vec::new() })
    }

    /// The stream, for another protocol after an upgrade, with what was already read of it.
    pub(super) fn into_stream(self) -> BufReader<TcpStream> {
        self.stream
    }
}

/// Status and header fields.
fn read_head(stream: &mut BufReader<TcpStream>) -> io::Result<(u16, Vec<(String, String)>)> {
    let line = read_line(stream)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| broken("a status line that is none"))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            return Ok((status, headers));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| broken("a header field without a colon"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = Vec::new();
    if stream.read_until(b'\n', &mut line)? == 0 || line.last() != Some(&b'\n') {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "closed before the answer was complete"));
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the answer has {what}"))
}
