//! What is sent: a short text, or a part of a file.

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::convert::identity;
use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

/// How much of a file is read at once.
const CHUNK: u64 = 64 * 1024;

/// The content of an answer.
#[derive(Debug)]
pub(crate) enum Content {
    /// All of it at once.
    Text(Option<Bytes>),
    /// This many bytes from where the file stands.
    File { file: File, left: u64 },
}

impl Content {
    pub(crate) fn empty() -> Self {
        Self::Text(None)
    }

    pub(crate) fn text(text: &'static str) -> Self {
        Self::Text(Some(Bytes::from_static(text.as_bytes())))
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(match self.get_mut() {
            Self::Text(text) => text.take().map(|text| Ok(Frame::data(text))),
            Self::File { left: 0, .. } => None,
            // Read on the event loop: a file of a site is in memory or soon will be, and a chunk is small.
            Self::File { file, left } => Some(next(file, left).map(Frame::data)),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.size_hint().exact() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Self::Text(text) => text.as_ref().map_or(0, |text| text.len() as u64),
            Self::File { left, .. } => *left,
        })
    }
}

fn next(file: &mut File, left: &mut u64) -> io::Result<Bytes> {
    let wanted = usize::try_from(CHUNK.min(*left)).map_or(usize::MAX, identity);
    let mut chunk = vec![0; wanted];
    let read = file.read(&mut chunk)?;
    if read == 0 {
        // The length was promised; ending the connection is the only way left to say that this is not all.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    chunk.truncate(read);
    *left -= read as u64;
    Ok(chunk.into())
}
