//! An upgraded connection: bytes both ways until one side ends, all is silent for too long, or a drain has lasted.

mod frames;

use crate::core::{Core, DATA, READ};
use crate::exchange::poll_drain;
use crate::serve::Client;
use crate::upstream::{Flight, Pool};
use frames::{Frames, GOING_AWAY};
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

/// What was already received of either side.
pub(crate) struct First {
    pub(crate) to_client: Vec<u8>,
    pub(crate) to_member: Vec<u8>,
    /// Whether it is a WebSocket, and what of `to_client` is already one.
    pub(crate) websocket: Option<usize>,
}

/// One direction.
struct Pipe {
    pending: Vec<u8>,
    sent: usize,
    finished: bool,
}

impl Pipe {
    const fn new(pending: Vec<u8>) -> Self {
        Self { pending, sent: 0, finished: false }
    }

    /// Moves what there is; calls `moved` with all that arrives. Ready when the source has ended.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        core: &Core,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
        moved: impl Fn(&[u8]),
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(poll_drain(to, cx, &self.pending, &mut self.sent))?;
            // An idle tunnel holds no memory.
            self.pending = Vec::new();
            self.sent = 0;
            ready!(Pin::new(&mut *to).poll_flush(cx))?;
            if self.finished {
                return Poll::Ready(Ok(()));
            }
            let mut scratch = core.scratch.borrow_mut();
            let mut space = ReadBuf::new(&mut scratch[DATA..DATA + READ]);
            ready!(Pin::new(&mut *from).poll_read(cx, &mut space))?;
            let bytes = space.filled();
            if bytes.is_empty() {
                self.finished = true;
                ready!(Pin::new(&mut *to).poll_shutdown(cx))?;
                return Poll::Ready(Ok(()));
            }
            moved(bytes);
            let direct = match Pin::new(&mut *to).poll_write(cx, bytes) {
                Poll::Ready(n) => n?,
                Poll::Pending => 0,
            };
            self.pending.extend_from_slice(&bytes[direct..]);
        }
    }
}

/// Counts an open tunnel instead of a request in flight.
struct Open(Flight);

impl Open {
    fn new(flight: Flight) -> Self {
        flight.counters().in_flight.take_one();
        flight.counters().upgraded.add(1);
        Self(flight)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.counters().upgraded.take_one();
        self.0.counters().in_flight.add(1);
    }
}

/// Runs a tunnel to its end.
pub(crate) async fn run(
    core: &Rc<Core>,
    client: &mut Client,
    mut member: TcpStream,
    flight: Flight,
    pool: &Pool,
    first: First,
) {
    let open = Open::new(flight);
    let watch = Rc::clone(&client.watch);
    watch.set_tunnel(Some((Rc::clone(&open.0.member), pool.spec().limits.upgraded_drain.0)));
    let patience = core.settings.timeouts.upgraded;
    core.watches.allow(&watch, patience);
    let frames = RefCell::new(Frames::default());
    if let Some(start) = first.websocket {
        frames.borrow_mut().follow(&first.to_client[start..]);
    }
    let moved_up = |_: &[u8]| core.watches.allow(&watch, patience);
    let moved_down = |bytes: &[u8]| {
        core.watches.allow(&watch, patience);
        if first.websocket.is_some() {
            frames.borrow_mut().follow(bytes);
        }
    };
    let mut down = Pipe::new(first.to_client);
    let mut up = Pipe::new(first.to_member);
    let (mut up_ended, mut down_ended) = (false, false);
    let ended_by_limit = poll_fn(|cx| {
        if watch.expired(cx) {
            return Poll::Ready(true);
        }
        if !up_ended {
            match up.poll(cx, core, &mut client.io, &mut member, moved_up) {
                Poll::Ready(Ok(())) => up_ended = true,
                Poll::Ready(Err(_)) => return Poll::Ready(false),
                Poll::Pending => {}
            }
        }
        if !down_ended {
            match down.poll(cx, core, &mut member, &mut client.io, moved_down) {
                Poll::Ready(Ok(())) => down_ended = true,
                Poll::Ready(Err(_)) => return Poll::Ready(false),
                Poll::Pending => {}
            }
        }
        if up_ended && down_ended { Poll::Ready(false) } else { Poll::Pending }
    })
    .await;
    watch.set_tunnel(None);
    if ended_by_limit {
        let whole = down.pending.is_empty() && frames.borrow().between();
        close(client, member, first.websocket.is_some() && whole).await;
    }
}

/// Ends both sides, with a close frame where one may stand.
async fn close(client: &mut Client, mut member: TcpStream, goodbye: bool) {
    if goodbye {
        // Without waiting: a client that takes nothing gets no goodbye.
        poll_fn(|cx| {
            let _not_now = Pin::new(&mut client.io).poll_write(cx, &GOING_AWAY);
            Poll::Ready(())
        })
        .await;
    }
    let _closed_already = client.io.shutdown().await;
    let _closed_already = member.shutdown().await;
}
