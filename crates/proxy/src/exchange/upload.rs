//! The request on its way to a member.

use super::poll_drain;
use crate::core::{Core, DATA, READ};
use crate::fault::{Fault, Stage};
use crate::http::body::{BodyLength, Decoder, Encoder};
use crate::serve::Client;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Most body bytes that are kept to send them a second time.
const REPLAY_LIMIT: usize = 64 * 1024;

/// A request being sent. It outlives a failed attempt, and is sent again from its beginning while that is possible.
pub(crate) struct Upload {
    decoder: Decoder,
    encoder: Encoder,
    /// The head, then the body as it is written on; cleared only when it need not be kept.
    pending: Vec<u8>,
    sent: usize,
    /// All that was sent is still in `pending`.
    whole: bool,
    keep_body: bool,
    received: u64,
    limit: u64,
}

impl Upload {
    /// A request with the given head. Its body is kept for a second attempt if it is `repeatable` and short enough.
    pub(crate) fn new(head: Vec<u8>, body: BodyLength, limit: u64, repeatable: bool) -> Self {
        let long = matches!(body, BodyLength::Length(n) if n > REPLAY_LIMIT as u64);
        let encoder = if body == BodyLength::Chunked { Encoder::Chunked } else { Encoder::Plain };
        Self {
            decoder: Decoder::new(body),
            encoder,
            pending: head,
            sent: 0,
            whole: true,
            keep_body: repeatable && !long,
            received: 0,
            limit,
        }
    }

    /// Takes the part of the body that arrived with the head, and says how many bytes of `early` it was.
    pub(crate) fn begin(&mut self, early: &mut [u8]) -> Result<usize, Fault> {
        if self.decoder.done() {
            return Ok(0);
        }
        let decoded = self.decoder.decode(early).map_err(Fault::ClientBody)?;
        self.count(decoded.data)?;
        self.encoder.append(&mut self.pending, &early[..decoded.data], self.decoder.done());
        Ok(decoded.consumed)
    }

    /// Whether a second attempt will be possible after the first was sent, as far as is known by now.
    pub(crate) fn may_repeat(&self) -> bool {
        self.keep_body
    }

    /// Whether it can be sent from the beginning: nothing was sent yet, or all of it is at hand and asking twice is safe.
    pub(crate) fn repeatable(&self) -> bool {
        self.whole && (self.sent == 0 || self.keep_body)
    }

    /// Makes ready for another attempt.
    pub(crate) fn rewind(&mut self) {
        self.sent = 0;
    }

    /// All of the request has come from the client.
    pub(crate) fn is_received(&self) -> bool {
        self.decoder.done()
    }

    /// The next bytes must come from the client.
    pub(crate) fn waits_for_client(&self) -> bool {
        self.sent == self.pending.len() && !self.decoder.done()
    }

    /// Gives the buffer back.
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.pending
    }

    fn count(&mut self, data: usize) -> Result<(), Fault> {
        self.received += data as u64;
        if self.received > self.limit { Err(Fault::ClientBodyTooLarge) } else { Ok(()) }
    }

    /// Sends on until the request is with the member.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        core: &Core,
        client: &mut Client,
        member: &mut TcpStream,
    ) -> Poll<Result<(), Fault>> {
        let broken = |e| Fault::member(Stage::Head, &e);
        loop {
            ready!(poll_drain(member, cx, &self.pending, &mut self.sent)).map_err(broken)?;
            if self.decoder.done() {
                return Poll::Ready(Ok(()));
            }
            if !self.keep_body {
                self.forget();
            }
            let mut scratch = core.scratch.borrow_mut();
            let mut space = ReadBuf::new(&mut scratch[DATA..DATA + READ]);
            let read = ready!(Pin::new(&mut client.io).poll_read(cx, &mut space));
            let n = space.filled().len();
            if read.is_err() || n == 0 {
                return Poll::Ready(Err(Fault::ClientGone));
            }
            core.watches.allow(&client.watch, core.settings.timeouts.body);
            let decoded = self.decoder.decode(&mut scratch[DATA..DATA + n]).map_err(Fault::ClientBody)?;
            self.count(decoded.data)?;
            client.push_back(&scratch[DATA + decoded.consumed..DATA + n]);
            let range = self.encoder.frame(&mut scratch, DATA, decoded.data, self.decoder.done());
            self.pass(cx, member, &scratch[range]).map_err(broken)?;
        }
    }

    /// Keeps the bytes for a second attempt, or sends them right away from where they are.
    fn pass(&mut self, cx: &mut Context<'_>, member: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
        if self.keep_body && self.pending.len() + bytes.len() > REPLAY_LIMIT {
            self.keep_body = false;
            self.forget();
        }
        let mut direct = 0;
        if !self.keep_body {
            while direct < bytes.len() {
                match Pin::new(&mut *member).poll_write(cx, &bytes[direct..]) {
                    Poll::Ready(written) => direct += written?,
                    Poll::Pending => break,
                }
            }
        }
        self.pending.extend_from_slice(&bytes[direct..]);
        Ok(())
    }

    fn forget(&mut self) {
        self.whole = false;
        self.pending.clear();
        self.sent = 0;
    }
}
