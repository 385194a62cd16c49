//! WebSockets (RFC 6455): messages out, echoes back.
//!
//! A connection that ends with a close frame, or ends while nothing is on the way, is opened again and counted apart.
//! A message that crosses the server's close frame never reached the application, which has said so: it is sent again on
//! the next connection, once. Any other message that does not come back is lost.

use super::http::Connection;
use super::tally::Kind;
use super::{Pace, Shared};
use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Longest wait for an echo.
const PATIENCE: Duration = Duration::from_secs(10);

/// Talks until the load stops.
pub(super) fn talk(shared: &Shared) {
    let mut again: Option<u64> = None;
    while shared.running() {
        let at = shared.started.elapsed();
        match Socket::open(shared.address, "/ws") {
            Ok(socket) => again = converse(shared, socket, again.take()),
            Err(reason) => {
                shared.tally.sent(Kind::WebSocket);
                shared.tally.lost(Kind::WebSocket, 0, at, reason);
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

/// Why a conversation ended.
#[derive(Debug)]
pub enum End {
    /// The server said so with a close frame.
    CloseFrame,
    /// Bare end of the connection.
    Bare(String),
    /// Nothing came in time.
    Silence,
}

/// Talks over one connection to its end. Returns a message that has to be sent again.
fn converse(shared: &Shared, mut socket: Socket, again: Option<u64>) -> Option<u64> {
    let mut pace = Pace::new(Duration::from_millis(100));
    let mut resent = again;
    while shared.running() {
        let was_resent = resent.is_some();
        let id = resent.take().unwrap_or_else(|| {
            shared.tally.sent(Kind::WebSocket);
            shared.id()
        });
        let at = shared.started.elapsed();
        match socket.echo(id) {
            Ok(release) => {
                shared.tally.message(&release);
                if was_resent {
                    shared.tally.crossed();
                }
            }
            Err(End::CloseFrame) => {
                shared.tally.closed(true);
                if was_resent {
                    shared.tally.lost(Kind::WebSocket, id, at, "crossed by a close frame twice".into());
                    return None;
                }
                return Some(id);
            }
            Err(End::Bare(how)) => {
                shared.tally.lost(
                    Kind::WebSocket,
                    id,
                    at,
                    format!("message on the way when the connection ended: {how}"),
                );
                return None;
            }
            Err(End::Silence) => {
                shared.tally.lost(Kind::WebSocket, id, at, "no echo".into());
                return None;
            }
        }
        match socket.idle(pace.due()) {
            Ok(()) => pace.advance(),
            Err(end) => {
                shared.tally.closed(matches!(end, End::CloseFrame));
                return None;
            }
        }
    }
    socket.bye();
    None
}

/// A client's side of a connection.
pub struct Socket(BufReader<TcpStream>);

/// One frame.
struct Frame {
    opcode: u8,
    payload: Vec<u8>,
}

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

impl Socket {
    /// Asks for an upgrade.
    ///
    /// # Errors
    /// What came instead of it.
    pub fn open(address: SocketAddr, path: &str) -> Result<Self, String> {
        let mut connection = Connection::open(address)?;
        let headers = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let reply = connection.upgrade(path, &headers)?;
        // The answer to that key, from RFC 6455 section 1.3.
        if reply.status != 101 || reply.header("sec-websocket-accept") != Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        {
            return Err(format!("no upgrade: status {}", reply.status));
        }
        Ok(Self(connection.into_stream()))
    }

    /// Sends a message and waits until it comes back; returns the release that sent it back.
    fn echo(&mut self, id: u64) -> Result<String, End> {
        // A write can fail because the server has closed: its close frame is then still to be read.
        let sent = self.send(TEXT, id.to_string().as_bytes());
        let text = match self.next(PATIENCE) {
            Ok(Some(text)) => text,
            Ok(None) => return Err(End::Silence),
            Err(End::Bare(how)) => {
                return Err(End::Bare(sent.err().map_or(how, |error| format!("cannot send: {error}"))));
            }
            Err(end) => return Err(end),
        };
        match text.split_once(' ') {
            Some((release, echoed)) if echoed == id.to_string() => Ok(release.to_owned()),
            _ => Err(End::Bare(format!("another message came back: {text}"))),
        }
    }

    /// Waits, and notices when the server ends the connection meanwhile.
    fn idle(&mut self, time: Duration) -> Result<(), End> {
        match self.next(time)? {
            None => Ok(()),
            Some(text) => Err(End::Bare(format!("a message that nobody asked for: {text}"))),
        }
    }

    /// Says something.
    ///
    /// # Errors
    /// When the connection has ended.
    pub fn say(&mut self, text: &str) -> Result<(), End> {
        self.send(TEXT, text.as_bytes()).map_err(bare)
    }

    /// The next text; `None` when none comes in time.
    ///
    /// # Errors
    /// When the conversation has ended.
    pub fn next(&mut self, time: Duration) -> Result<Option<String>, End> {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            if self.0.buffer().is_empty() && !self.readable(left).map_err(bare)? {
                return Ok(None);
            }
            let frame = self.frame().map_err(bare)?;
            match frame.opcode {
                TEXT => return Ok(Some(String::from_utf8_lossy(&frame.payload).into_owned())),
                CLOSE => {
                    // The server may be gone already.
                    let _gone = self.send(CLOSE, &frame.payload);
                    return Err(End::CloseFrame);
                }
                PING => self.send(PONG, &frame.payload).map_err(bare)?,
                _ => {}
            }
        }
    }

    fn readable(&self, time: Duration) -> io::Result<bool> {
        let stream = self.0.get_ref();
        stream.set_read_timeout(Some(time.max(Duration::from_millis(1))))?;
        let waited = stream.peek(&mut [0]);
        stream.set_read_timeout(Some(PATIENCE))?;
        match waited {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn frame(&mut self) -> io::Result<Frame> {
        let mut head = [0; 2];
        self.0.read_exact(&mut head)?;
        let mut length = u64::from(head[1] & 0x7f);
        if length == 126 {
            let mut more = [0; 2];
            self.0.read_exact(&mut more)?;
            length = u64::from(u16::from_be_bytes(more));
        } else if length == 127 {
            let mut more = [0; 8];
            self.0.read_exact(&mut more)?;
            length = u64::from_be_bytes(more);
        }
        let mut payload = Vec::new();
        Read::by_ref(&mut self.0).take(length.min(1 << 20)).read_to_end(&mut payload)?;
        Ok(Frame { opcode: head[0] & 0x0f, payload })
    }

    /// Sends a frame of less than 64 KiB. A client's frames are masked; a mask of zeros is a mask.
    fn send(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        let length = u16::try_from(payload.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut bytes = vec![0x80 | opcode];
        match u8::try_from(length) {
            Ok(short @ ..=125) => bytes.push(0x80 | short),
            _ => {
                bytes.push(0x80 | 126);
                bytes.extend_from_slice(&length.to_be_bytes());
            }
        }
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(payload);
        self.0.get_mut().write_all(&bytes)
    }

    fn bye(mut self) {
        // Nothing depends on it.
        let _gone = self.send(CLOSE, &1000_u16.to_be_bytes());
    }
}

fn bare(error: io::Error) -> End {
    End::Bare(error.to_string())
}
