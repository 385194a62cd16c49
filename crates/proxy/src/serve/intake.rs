//! From a head to a decision: which pool, and what the member will be sent.

use super::Client;
use crate::core::Core;
use crate::http::body::BodyLength;
use crate::http::request::{self, Field, HEADER_COUNT, Head, Refusal};
use crate::http::rewrite::{self, Added};
use crate::sticky::{self, Token};
use crate::table;
use crate::upstream::Pool;
use model::id::ServiceName;
use model::unit::Port;
use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};

/// A request that is ready to go to a member.
pub(crate) struct Request {
    pub(crate) head: Head,
    pub(crate) pool: Rc<Pool>,
    pub(crate) id: RequestId,
    /// The release that the client met before, where that matters.
    pub(crate) met: Option<Token>,
    /// The head as the member gets it.
    pub(crate) forward: Vec<u8>,
}

/// The id of a request: the client's own, if sane, or ours.
#[derive(Debug, Clone)]
pub(crate) enum RequestId {
    Given(Range<usize>),
    Made([u8; 16]),
}

impl RequestId {
    pub(crate) fn of(head: &Head, core: &Core) -> Self {
        head.request_id.clone().map_or_else(|| Self::Made(core.request_id()), Self::Given)
    }

    pub(crate) fn bytes<'a>(&'a self, inbuf: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Given(range) => &inbuf[range.clone()],
            Self::Made(id) => id,
        }
    }
}

/// A request whose client is sent to HTTPS.
pub(super) struct Redirect {
    pub(super) head: Head,
    pub(super) pool: Rc<Pool>,
    pub(super) id: RequestId,
    pub(super) port: Port,
}

/// What is to be done with a head.
pub(super) enum Intake {
    Ready(Box<Request>),
    Paused(Rc<Pool>),
    Redirect(Box<Redirect>),
    Refused(Refusal),
}

/// Calls `use_it` with a checked head and its fields.
pub(super) fn with_head<R>(
    inbuf: &[u8],
    end: usize,
    use_it: impl FnOnce(Head, &[httparse::Header<'_>]) -> R,
) -> Result<R, Refusal> {
    let mut headers = [const { MaybeUninit::uninit() }; HEADER_COUNT];
    let (head, headers) = request::parse(inbuf, end, &mut headers)?;
    Ok(use_it(head, headers))
}

impl Client {
    /// Reads the head that ends at `end`, routes it, and writes what the member will get.
    pub(super) fn intake(&self, core: &Core, end: usize) -> Intake {
        let taken = with_head(&self.inbuf, end, |head, headers| self.route(core, head, headers));
        taken.unwrap_or_else(Intake::Refused)
    }

    fn route(&self, core: &Core, head: Head, headers: &[httparse::Header<'_>]) -> Intake {
        let table = core.table();
        let host = request::host_and_port(&self.inbuf[head.authority.clone()]).0;
        let listener = table.snapshot.listeners.iter().find(|l| l.address == self.origin.listener);
        let target = listener.and_then(|l| l.routes.find(host, &self.inbuf[head.target.clone()]));
        let Some(target) = target else {
            return Intake::Refused(Refusal { status: 404, why: "nothing is served at this address" });
        };
        let pool = Rc::clone(&table.pools[target.pool]);
        if let Some(port) = target.redirect {
            if host.is_empty() {
                return Intake::Refused(Refusal { status: 400, why: "Host is missing" });
            }
            let id = RequestId::of(&head, core);
            return Intake::Redirect(Box::new(Redirect { head, pool, id, port }));
        }
        let limits = &pool.spec().limits;
        if matches!(head.body, BodyLength::Length(n) if n > limits.body.0) {
            return Intake::Refused(Refusal {
                status: 413,
                why: "the request body is larger than this service takes",
            });
        }
        if pool.spec().paused {
            return Intake::Paused(pool);
        }
        let id = RequestId::of(&head, core);
        let added = Added {
            client: &self.address,
            trusted: core.settings.trusted.contains(&self.origin.peer.ip()),
            https: self.origin.https,
            id: id.bytes(&self.inbuf),
            strip: table::strip_length(target),
        };
        let mut forward = core.buffer();
        rewrite::request(&mut forward, &self.inbuf, &head, headers, &added);
        let met = pool.spec().split.then(|| met(headers, &pool.cell().service)).flatten();
        Intake::Ready(Box::new(Request { head, pool, id, met, forward }))
    }

    /// Waits until the table changed, as it does when a pool is resumed; not longer than the pool allows.
    pub(super) async fn wait_for_resume(
        &self,
        core: &Core,
        pool: &Pool,
        began: Instant,
    ) -> Result<(), Refusal> {
        let refuse = |why| Err(Refusal { status: 503, why });
        let limits = &pool.spec().limits;
        let left = limits.pause_wait.duration().saturating_sub(began.elapsed());
        let waiting = Waiting::enter(pool);
        if waiting.place >= limits.pause_queue {
            return refuse("the service is paused and too many requests wait already");
        }
        let mut changed = std::pin::pin!(core.changed.notified());
        let mut timer = std::pin::pin!(tokio::time::sleep(left.max(Duration::from_millis(1))));
        let resumed = poll_fn(|cx| match changed.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending => timer.as_mut().poll(cx).map(|()| false),
        });
        if resumed.await {
            Ok(())
        } else {
            refuse("the service is paused for longer than this request could wait")
        }
    }
}

/// The release that a client's cookie names.
fn met(headers: &[httparse::Header<'_>], service: &ServiceName) -> Option<Token> {
    let cookies = headers.iter().filter(|h| Field::of(h.name) == Field::Cookie);
    cookies.filter_map(|h| sticky::token(h.value, service)).next()
}

/// A place in the queue of a paused pool.
struct Waiting<'p> {
    pool: &'p Pool,
    place: u32,
}

impl<'p> Waiting<'p> {
    fn enter(pool: &'p Pool) -> Self {
        Self { pool, place: pool.cell().waiting.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.pool.cell().waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
