//! A client's connection from its first byte to its last: read a head, answer it, and again.

mod answer;
mod intake;

use crate::core::{Core, DATA, READ};
use crate::h2;
use crate::http::request::{self, Refusal, Scan};
use crate::pages;
use crate::stream::Stream;
use crate::watch::Watch;
use intake::Intake;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};

/// Where a connection came from and to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) peer: SocketAddr,
    /// The listener, as its table names it.
    pub(crate) listener: SocketAddr,
    pub(crate) https: bool,
}

/// A client's connection.
pub(crate) struct Client {
    pub(crate) io: Stream,
    pub(crate) watch: Rc<Watch>,
    origin: Origin,
    address: Rc<str>,
    /// The head of the request at hand, then what arrived after it.
    inbuf: Vec<u8>,
    /// Where in `inbuf` the next request begins.
    next: usize,
    core: Rc<Core>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.core.watches.remove(&self.watch);
        self.core.recycle(std::mem::take(&mut self.inbuf));
    }
}

/// What there is to do after a head was looked for.
enum Read {
    Head(usize),
    /// The client is done, or was never there.
    End,
    Refuse(Refusal),
    /// The connection preface of HTTP/2.
    Http2,
}

/// Whether the connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Request,
    /// Say goodbye so that the client gets to read what it was sent.
    Linger,
    /// Nothing more can be said.
    Drop,
}

impl Client {
    pub(crate) fn new(core: &Rc<Core>, io: Stream, origin: Origin, address: Rc<str>) -> Self {
        let watch = core.watches.add();
        Self { io, watch, origin, address, inbuf: Vec::new(), next: 0, core: Rc::clone(core) }
    }

    /// Nothing has arrived beyond the request at hand.
    pub(crate) fn inbuf_is_spent(&self) -> bool {
        self.next == self.inbuf.len()
    }

    /// Bytes that turned out to belong to the next request.
    pub(crate) fn push_back(&mut self, bytes: &[u8]) {
        self.inbuf.extend_from_slice(bytes);
    }

    /// Serves the connection to its end.
    pub(crate) async fn serve(mut self) {
        let core = Rc::clone(&self.core);
        let mut first = true;
        loop {
            let next = match self.read_head(&core, first).await {
                Read::Head(end) => self.answer(&core, end).await,
                Read::Refuse(refusal) => self.refuse(&core, refusal).await,
                Read::Http2 => return h2::serve_plain(&core, self).await,
                Read::End => Next::Drop,
            };
            match next {
                Next::Request => self.forget_request(&core),
                Next::Linger => return self.linger(&core).await,
                Next::Drop => return,
            }
            first = false;
        }
    }

    /// Takes the connection apart for another protocol; what was read of it comes along.
    pub(crate) fn into_parts(mut self) -> (Stream, Vec<u8>, Origin, Rc<str>) {
        let (stub, _) = tokio::io::duplex(1);
        let io = std::mem::replace(&mut self.io, Stream::Pipe(stub));
        (io, std::mem::take(&mut self.inbuf), self.origin, Rc::clone(&self.address))
    }

    fn forget_request(&mut self, core: &Core) {
        if self.next == self.inbuf.len() {
            // An idle connection holds no memory.
            core.recycle(std::mem::take(&mut self.inbuf));
        } else {
            self.inbuf.drain(..self.next);
        }
        self.next = 0;
    }

    async fn read_head(&mut self, core: &Core, first: bool) -> Read {
        let timeouts = &core.settings.timeouts;
        let mut scanned = 0;
        let patience = if first || !self.inbuf.is_empty() { timeouts.head } else { timeouts.idle };
        core.watches.allow(&self.watch, patience);
        loop {
            match request::scan(&self.inbuf, scanned) {
                Scan::End(_) if first && self.inbuf.starts_with(h2::PREFACE_HEAD) => return Read::Http2,
                Scan::End(end) if end <= request::HEAD_LIMIT => return Read::Head(end),
                Scan::Partial if self.inbuf.len() <= request::HEAD_LIMIT => scanned = self.inbuf.len(),
                Scan::End(_) | Scan::Partial => return Read::Refuse(too_large(&self.inbuf)),
                Scan::OddLineEnd => {
                    return Read::Refuse(Refusal { status: 400, why: "a line does not end with CR LF" });
                }
            }
            if self.inbuf.first().is_some_and(|b| !b.is_ascii_graphic() && *b != b'\r') {
                return Read::Refuse(Refusal { status: 400, why: "this is not HTTP" });
            }
            let began = self.inbuf.is_empty();
            self.watch.set_idle(began);
            let more = poll_fn(|cx| self.poll_more(core, cx)).await;
            self.watch.set_idle(false);
            match more {
                Some(0) => return Read::End,
                Some(_) if began && !first => core.watches.allow(&self.watch, timeouts.head),
                Some(_) => {}
                None if self.inbuf.is_empty() => return Read::End,
                None => {
                    return Read::Refuse(Refusal {
                        status: 408,
                        why: "the request head did not arrive in time",
                    });
                }
            }
        }
    }

    /// Reads what is there into `inbuf`. `None` when the time is over, `Some(0)` when the client is gone.
    fn poll_more(&mut self, core: &Core, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        if self.watch.expired(cx) {
            return Poll::Ready(None);
        }
        let mut scratch = core.scratch.borrow_mut();
        let mut space = ReadBuf::new(&mut scratch[DATA..DATA + READ]);
        match Pin::new(&mut self.io).poll_read(cx, &mut space) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(_)) => Poll::Ready(Some(0)),
            Poll::Ready(Ok(())) => {
                if self.inbuf.capacity() == 0 {
                    self.inbuf = core.buffer();
                }
                self.inbuf.extend_from_slice(space.filled());
                Poll::Ready(Some(space.filled().len()))
            }
        }
    }

    async fn answer(&mut self, core: &Rc<Core>, end: usize) -> Next {
        let began = Instant::now();
        loop {
            match self.intake(core, end) {
                Intake::Ready(request) => return self.relay(core, *request, began).await,
                Intake::Paused(pool) => {
                    if let Err(refusal) = self.wait_for_resume(core, &pool, began).await {
                        return self.refuse_request(core, end, refusal, began).await;
                    }
                }
                Intake::Refused(refusal) => return self.refuse_request(core, end, refusal, began).await,
                Intake::Redirect(redirect) => return self.redirect(core, &redirect, began).await,
            }
        }
    }

    /// Answers what could not be read as a request, and gives up the connection, whose place is lost.
    async fn refuse(&mut self, core: &Core, refusal: Refusal) -> Next {
        let id = core.request_id();
        let page = pages::page(refusal.status, refusal.why, &id, false, false, false);
        let now = Instant::now();
        self.log(
            core,
            None,
            refusal.status,
            &answer::Told { id: &id, error: refusal.why, ..Default::default() },
            now,
        );
        self.send(core, &page).await.map_or(Next::Drop, |()| Next::Linger)
    }

    /// Sends bytes of our own.
    async fn send(&mut self, core: &Core, bytes: &[u8]) -> std::io::Result<()> {
        core.watches.allow(&self.watch, core.settings.timeouts.body);
        let mut sent = 0;
        poll_fn(|cx| {
            if self.watch.expired(cx) {
                return Poll::Ready(Err(std::io::ErrorKind::TimedOut.into()));
            }
            crate::exchange::poll_drain(&mut self.io, cx, bytes, &mut sent)
        })
        .await?;
        self.io.flush().await
    }

    /// Closes our side, and reads for a while what the client still sends: closing with bytes unread would reset the
    /// connection, and the client might lose the answer it was just sent.
    async fn linger(mut self, core: &Core) {
        if self.io.shutdown().await.is_err() {
            return;
        }
        core.watches.allow(&self.watch, 2);
        let mut left = 1 << 20;
        while left > 0 {
            self.inbuf.clear();
            match poll_fn(|cx| self.poll_more(core, cx)).await {
                None | Some(0) => return,
                Some(n) => left = usize::saturating_sub(left, n),
            }
        }
    }
}

fn too_large(inbuf: &[u8]) -> Refusal {
    match memchr::memchr(b'\n', inbuf) {
        Some(line) if line < request::TARGET_LIMIT => {
            Refusal { status: 431, why: "the request head is too large" }
        }
        _ => Refusal { status: 414, why: "the request target is too long" },
    }
}
