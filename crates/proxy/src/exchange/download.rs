//! The response on its way to the client.

use super::poll_drain;
use crate::core::{Core, DATA, READ};
use crate::fault::{Fault, Stage};
use crate::http::body::{BodyLength, Decoder};
use crate::http::request::Method;
use crate::http::response;
use crate::http::rewrite::{self, Reply};
use crate::serve::Client;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How an exchange ended well.
#[derive(Debug)]
pub(crate) enum End {
    /// The response is with the client.
    Answered,
    /// The connection is no longer HTTP (101); the bytes are what the member sent after its head.
    Upgraded(Vec<u8>),
}

/// What is to be known of the request to pass its response on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// HTTP/1.1, not 1.0.
    pub(crate) modern: bool,
    pub(crate) keep_alive: bool,
    pub(crate) upgrade: bool,
}

/// A response being received.
pub(crate) struct Download {
    asked: Asked,
    /// A header field for the client that is not the member's, or nothing.
    ours: Box<[u8]>,
    /// A head that did not arrive at once.
    partial: Vec<u8>,
    head: Option<response::Head>,
    reply: Reply,
    decoder: Decoder,
    out: Vec<u8>,
    sent: usize,
    flushed: bool,
    /// Bytes followed the response: whatever they are, the member's connection is not to be used again.
    surplus: bool,
    /// Body bytes, for the log.
    pub(crate) bytes: u64,
}

impl Download {
    pub(crate) fn new(asked: Asked, ours: Box<[u8]>, out: Vec<u8>) -> Self {
        Self {
            asked,
            ours,
            partial: Vec::new(),
            head: None,
            reply: Reply::of(BodyLength::Empty, asked.modern, false),
            decoder: Decoder::new(BodyLength::Empty),
            out,
            sent: 0,
            flushed: true,
            surplus: false,
            bytes: 0,
        }
    }

    /// The head of the answer is here, so it is too late for another member.
    pub(crate) fn begun(&self) -> bool {
        self.head.is_some()
    }

    /// The member has said something, be it half a head or an interim answer.
    pub(crate) fn touched(&self) -> bool {
        self.begun() || !self.partial.is_empty() || self.sent > 0 || !self.out.is_empty()
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.head.map(|h| h.status)
    }

    pub(crate) fn waits_for_client(&self) -> bool {
        self.sent < self.out.len()
    }

    /// The client's connection may serve another request.
    pub(crate) fn client_stays(&self) -> bool {
        self.reply.keep_alive
    }

    /// Seconds the member's connection may be kept, if at all.
    pub(crate) fn member_stays(&self, at_most: u32) -> Option<u32> {
        let head = self.head.filter(|h| h.keep_alive && !self.surplus)?;
        Some(head.idle_seconds.map_or(at_most, |s| at_most.min(s.saturating_sub(1))))
    }

    /// Gives the buffer back.
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.out
    }

    /// Passes on until the response is with the client.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        core: &Core,
        client: &mut Client,
        member: &mut TcpStream,
    ) -> Poll<Result<End, Fault>> {
        let gone = |_| Fault::ClientGone;
        loop {
            ready!(poll_drain(&mut client.io, cx, &self.out, &mut self.sent)).map_err(gone)?;
            self.out.clear();
            self.sent = 0;
            if !self.flushed {
                ready!(Pin::new(&mut client.io).poll_flush(cx)).map_err(gone)?;
                self.flushed = true;
            }
            if self.begun() && self.decoder.done() {
                return Poll::Ready(Ok(End::Answered));
            }
            let mut scratch = core.scratch.borrow_mut();
            let mut space = ReadBuf::new(&mut scratch[DATA..DATA + READ]);
            let read = ready!(Pin::new(&mut *member).poll_read(cx, &mut space));
            let n = space.filled().len();
            if let Err(error) = read {
                return Poll::Ready(Err(self.broken(error.to_string())));
            }
            if n == 0 {
                self.end()?;
            } else if self.begun() {
                core.watches.allow(&client.watch, core.settings.timeouts.response_body);
                self.body(&mut scratch, DATA, n, |bytes| direct(cx, client, bytes))?;
            } else if let Some(end) = self.head(&mut scratch, n)? {
                return Poll::Ready(Ok(end));
            } else if self.begun() {
                core.watches.allow(&client.watch, core.settings.timeouts.response_body);
            }
            if !self.out.is_empty() {
                core.watches.allow(&client.watch, core.settings.timeouts.body);
            }
        }
    }

    fn broken(&self, why: String) -> Fault {
        let stage = if self.touched() { Stage::Answer } else { Stage::Head };
        Fault::Member { stage, why }
    }

    /// The member closed its connection.
    fn end(&mut self) -> Result<(), Fault> {
        if !self.begun() {
            return Err(self.broken("it closed the connection without an answer".into()));
        }
        self.decoder.end().map_err(|bad| self.broken(bad.words().into()))?;
        self.reply.encoder.append(&mut self.out, b"", true);
        self.flushed = false;
        Ok(())
    }

    /// `n` bytes of a head that is not whole yet, in scratch.
    fn head(&mut self, scratch: &mut [u8], n: usize) -> Result<Option<End>, Fault> {
        if self.partial.is_empty() {
            return self.heads(scratch, DATA, n);
        }
        // A head in pieces is rare: put it together, and go on in scratch where the rest lies after it.
        self.partial.extend_from_slice(&scratch[DATA..DATA + n]);
        if self.partial.len() > READ {
            return Err(self.broken("the head of its answer is too long".into()));
        }
        let partial = std::mem::take(&mut self.partial);
        scratch[DATA..DATA + partial.len()].copy_from_slice(&partial);
        self.heads(scratch, DATA, partial.len())
    }

    /// Interim heads (1xx) and the final one, and the body bytes that came along.
    fn heads(&mut self, scratch: &mut [u8], mut at: usize, mut left: usize) -> Result<Option<End>, Fault> {
        loop {
            let mark = self.out.len();
            let (asked, ours, out, reply) = (self.asked, &self.ours, &mut self.out, &mut self.reply);
            let parsed = response::parse(&scratch[at..at + left], asked.method, |head, reason, headers| {
                *reply = Reply::of(head.body, asked.modern, asked.keep_alive);
                rewrite::response(out, head, reason, headers, *reply, ours);
            });
            let Some(head) =
                parsed.map_err(|bad| self.broken(format!("its answer has a bad head: {}", bad.0)))?
            else {
                self.partial = scratch[at..at + left].to_vec();
                return Ok(None);
            };
            (at, left) = (at + head.length, left - head.length);
            self.flushed = false;
            match head.status {
                101 if asked.upgrade => {
                    self.head = Some(head);
                    return Ok(Some(End::Upgraded(scratch[at..at + left].to_vec())));
                }
                101 => return Err(self.broken("it switched protocols without being asked".into())),
                // An HTTP/1.0 client knows no interim answers.
                100..=199 if !asked.modern => self.out.truncate(mark),
                100..=199 => {}
                _ => {
                    self.head = Some(head);
                    self.decoder = Decoder::new(head.body);
                    return self.body(scratch, at, left, |_| 0).map(|()| None);
                }
            }
            if left == 0 {
                return Ok(None);
            }
        }
    }

    /// `n` body bytes at `at`; `direct` sends what it can without waiting.
    fn body(
        &mut self,
        scratch: &mut [u8],
        at: usize,
        n: usize,
        direct: impl FnOnce(&[u8]) -> usize,
    ) -> Result<(), Fault> {
        let decoded =
            self.decoder.decode(&mut scratch[at..at + n]).map_err(|bad| self.broken(bad.words().into()))?;
        self.surplus = decoded.consumed < n;
        self.bytes += decoded.data as u64;
        let range = self.reply.encoder.frame(scratch, at, decoded.data, self.decoder.done());
        let bytes = &scratch[range];
        let sent = direct(bytes);
        self.out.extend_from_slice(&bytes[sent..]);
        self.flushed = false;
        Ok(())
    }

    /// What is to be sent before the connection becomes a tunnel.
    pub(crate) fn take_out(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
}

/// Sends from where the bytes are; what the client does not take now is kept by the caller. An error shows again there.
fn direct(cx: &mut Context<'_>, client: &mut Client, bytes: &[u8]) -> usize {
    let mut sent = 0;
    while sent < bytes.len() {
        match Pin::new(&mut client.io).poll_write(cx, &bytes[sent..]) {
            Poll::Ready(Ok(n)) if n > 0 => sent += n,
            _ => break,
        }
    }
    sent
}
