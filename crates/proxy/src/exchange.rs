//! One request and its response, in both directions at once: a response may begin, and even end, before the request
//! body was read. All of it is polled by one task, so that nothing is shared and nothing is woken for nothing.

pub(crate) mod download;
pub(crate) mod upload;

use crate::core::Core;
use crate::fault::{Fault, Stage};
use crate::serve::Client;
use download::{Download, End};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use upload::Upload;

/// The parts of an exchange that its polling needs.
pub(crate) struct Exchange<'x> {
    pub(crate) core: &'x Core,
    pub(crate) client: &'x mut Client,
    pub(crate) member: &'x mut TcpStream,
    pub(crate) upload: &'x mut Upload,
    pub(crate) download: &'x mut Download,
    /// Seconds for the head of the response.
    pub(crate) patience: u32,
    /// The request is with the member, or the member takes no more of it.
    sent: Sent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Sending,
    /// All of it.
    Whole,
    /// The member stopped taking it; it may still answer.
    Broken,
}

impl<'x> Exchange<'x> {
    pub(crate) fn new(
        core: &'x Core,
        client: &'x mut Client,
        member: &'x mut TcpStream,
        (upload, download): (&'x mut Upload, &'x mut Download),
        patience: u32,
    ) -> Self {
        let seconds = if upload.is_received() { patience } else { core.settings.timeouts.body };
        core.watches.allow(&client.watch, seconds);
        Self { core, client, member, upload, download, patience, sent: Sent::Sending }
    }

    /// Goes as far as possible in both directions.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<End, Fault>> {
        if self.client.watch.expired(cx) {
            return Poll::Ready(Err(self.overdue()));
        }
        if self.sent == Sent::Sending {
            match self.upload.poll(cx, self.core, self.client, self.member) {
                Poll::Ready(Ok(())) => {
                    self.sent = Sent::Whole;
                    if !self.download.begun() {
                        self.core.watches.allow(&self.client.watch, self.patience);
                    }
                }
                Poll::Ready(Err(Fault::Member { .. })) => self.sent = Sent::Broken,
                Poll::Ready(Err(fault)) => return Poll::Ready(Err(fault)),
                Poll::Pending => {}
            }
        }
        match self.download.poll(cx, self.core, self.client, self.member) {
            Poll::Ready(result) => Poll::Ready(result),
            Poll::Pending => self.client_left(cx),
        }
    }

    /// Whether the member has the whole request, so that the client's connection is at its end.
    pub(crate) fn request_is_sent(&self) -> bool {
        self.sent == Sent::Whole
    }

    /// Who was silent for too long.
    fn overdue(&self) -> Fault {
        if self.download.waits_for_client() || (self.sent == Sent::Sending && self.upload.waits_for_client())
        {
            Fault::ClientStalled
        } else if self.download.begun() {
            Fault::Member {
                stage: Stage::Answer,
                why: "the member stopped in the middle of its answer".into(),
            }
        } else {
            Fault::MemberSilent
        }
    }

    /// While the member works, the client may close its connection; then nobody needs the answer.
    fn client_left(&mut self, cx: &mut Context<'_>) -> Poll<Result<End, Fault>> {
        if self.sent == Sent::Whole
            && self.client.inbuf_is_spent()
            && self.client.io.poll_closed(cx).is_ready()
        {
            return Poll::Ready(Err(Fault::ClientGone));
        }
        Poll::Pending
    }
}

/// Writes from `sent` on. Ready when all is written.
pub(crate) fn poll_drain(
    io: &mut (impl AsyncWrite + Unpin),
    cx: &mut Context<'_>,
    bytes: &[u8],
    sent: &mut usize,
) -> Poll<std::io::Result<()>> {
    while *sent < bytes.len() {
        let n = ready!(Pin::new(&mut *io).poll_write(cx, &bytes[*sent..]))?;
        if n == 0 {
            return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into()));
        }
        *sent += n;
    }
    Poll::Ready(Ok(()))
}
