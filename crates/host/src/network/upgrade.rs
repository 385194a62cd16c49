//! A connection on which another protocol than HTTP/1.1 is spoken.

use super::exchange::Wire;
use std::io::{self, BufReader, Cursor, ErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// A connection that was handed over.
pub struct Upgraded {
    /// What was said on it already when the agreement was read.
    early: Vec<u8>,
    wire: Wire,
}

impl Upgraded {
    pub(super) fn new(wire: BufReader<Wire>) -> Self {
        Self { early: wire.buffer().to_vec(), wire: wire.into_inner() }
    }

    /// The connection, for the runtime that this is called in. It ends when it is dropped.
    ///
    /// # Errors
    /// When the system refuses, or it is one over TLS.
    pub fn into_stream(self) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin> {
        type Reader = Box<dyn AsyncRead + Send + Unpin>;
        type Writer = Box<dyn AsyncWrite + Send + Unpin>;
        let (reader, writer): (Reader, Writer) = match self.wire {
            Wire::Socket(stream) => {
                stream.set_nonblocking(true)?;
                let (reader, writer) = UnixStream::from_std(stream)?.into_split();
                (Box::new(reader), Box::new(writer))
            }
            Wire::Address(stream) => {
                stream.set_nonblocking(true)?;
                let (reader, writer) = TcpStream::from_std(stream)?.into_split();
                (Box::new(reader), Box::new(writer))
            }
            Wire::Secure(_) => return Err(ErrorKind::Unsupported.into()),
        };
        Ok(tokio::io::join(AsyncReadExt::chain(Cursor::new(self.early), reader), writer))
    }
}
