//! Gets a request answered: by a member, by another one when that failed and asking again is safe, or by a page of ours.

use super::intake::{Redirect, Request, RequestId, with_head};
use super::{Client, Next};
use crate::access::Entry;
use crate::cell::MemberCell;
use crate::core::Core;
use crate::exchange::Exchange;
use crate::exchange::download::{Asked, Download, End};
use crate::exchange::upload::Upload;
use crate::fault::{Fault, Stage};
use crate::http::body::BodyLength;
use crate::http::request::{Head, Refusal, host_and_port};
use crate::pages;
use crate::sticky::{self, Token};
use crate::tunnel;
use crate::upstream::{Flight, Pool};
use std::future::poll_fn;
use std::rc::Rc;
use std::time::Instant;
use tokio::net::TcpStream;

/// Most attempts for one request.
const ATTEMPTS: u64 = 5;

/// What became of a request, for log and counters.
#[derive(Default)]
pub(super) struct Told<'a> {
    pub(super) id: &'a [u8],
    pub(super) bytes: u64,
    pub(super) pool: Option<&'a Pool>,
    pub(super) member: Option<&'a MemberCell>,
    pub(super) tries: u64,
    pub(super) error: &'a str,
}

/// How the attempts ended.
enum Outcome {
    Answered {
        flight: Flight,
        end: End,
        io: TcpStream,
        download: Download,
        sent: bool,
    },
    Failed {
        fault: Fault,
        begun: bool,
        flight: Option<Flight>,
    },
    /// The pool has no member that takes requests.
    Nobody,
}

/// A request at work, as all steps need it.
struct Job<'a> {
    core: &'a Rc<Core>,
    head: &'a Head,
    pool: &'a Rc<Pool>,
    /// The release that the client met before.
    met: Option<Token>,
    began: Instant,
}

/// One attempt that failed.
struct Failure {
    fault: Fault,
    flight: Flight,
    /// The connection had served another request before.
    reused: bool,
    begun: bool,
}

impl Client {
    pub(super) async fn relay(&mut self, core: &Rc<Core>, request: Request, began: Instant) -> Next {
        let Request { head, pool, id, met, forward } = request;
        let limits = &pool.spec().limits;
        let mut upload = Upload::new(forward, head.body, limits.body.0, head.repeatable);
        self.next = head.length;
        match upload.begin(&mut self.inbuf[head.length..]) {
            Ok(consumed) => self.next += consumed,
            Err(fault) => {
                let refusal = Refusal { status: fault.status(), why: fault.words() };
                return self.refuse_request(core, head.length, refusal, began).await;
            }
        }
        let job = Job { core, head: &head, pool: &pool, met, began };
        let mut tries = 0;
        let outcome = self.attempts(&job, &mut upload, &mut tries).await;
        core.recycle(upload.into_buffer());
        self.conclude(&job, &id, tries, outcome).await
    }

    /// Asks member after member until one answers or nothing more can be tried.
    async fn attempts(&mut self, job: &Job<'_>, upload: &mut Upload, tries: &mut u64) -> Outcome {
        let core = job.core;
        let mut tried = Vec::new();
        let mut fresh = false;
        let mut last = None;
        loop {
            let table = core.table();
            let member = table.current(job.pool).and_then(|p| p.choose(&tried, job.met));
            let (Some(member), true) = (member, *tries < ATTEMPTS) else {
                return last.map_or(Outcome::Nobody, |f: Failure| Outcome::Failed {
                    fault: f.fault,
                    begun: false,
                    flight: Some(f.flight),
                });
            };
            drop(table);
            *tries += 1;
            let flight = Flight::begin(member, core.thread);
            let failure = match self.attempt(job, flight, upload, fresh).await {
                Ok(outcome) => return outcome,
                Err(failure) => failure,
            };
            let Failure { fault, flight, reused, begun } = failure;
            let again = match &fault {
                Fault::Member { stage: Stage::Connect, .. } => true,
                Fault::Member { stage: Stage::Head, .. } => upload.repeatable(),
                _ => false,
            };
            if let Fault::Member { why, stage } = &fault {
                match stage {
                    // A new connection that ends without a word: whoever took it forwards to a member that is gone, as
                    // container engines do.
                    Stage::Head if !reused && !begun => flight.member.cell.unreachable(why),
                    _ => flight.member.cell.failed(why),
                }
            }
            if !again {
                return Outcome::Failed { fault, begun, flight: Some(flight) };
            }
            // A connection that was kept may just have been too old: the same member may be asked on a new one.
            fresh = reused;
            if !reused {
                tried.push(flight.member.cell.uid);
                flight.counters().unanswered.add(1);
                flight.counters().retried.add(1);
            }
            upload.rewind();
            last = Some(Failure { fault, flight, reused, begun });
        }
    }

    async fn attempt(
        &mut self,
        job: &Job<'_>,
        flight: Flight,
        upload: &mut Upload,
        fresh: bool,
    ) -> Result<Outcome, Failure> {
        let Job { core, head, pool, .. } = *job;
        let careful = !upload.may_repeat() || head.upgrade.is_some();
        let idle = if fresh { None } else { flight.member.take_idle(core.watches.tick(), careful) };
        let reused = idle.is_some();
        let mut io = match idle {
            Some(io) => io,
            None => match flight.member.connect(core).await {
                Ok(io) => io,
                Err(error) => return Err(unreachable(&error, flight)),
            },
        };
        if !reused {
            flight.member.cell.reachable();
        }
        let asked = Asked {
            method: head.method,
            modern: head.modern,
            keep_alive: head.keep_alive && !core.draining(),
            upgrade: head.upgrade.is_some(),
        };
        let mut download = Download::new(asked, self.introduction(job, &flight), core.buffer());
        let patience = u32::try_from(pool.spec().limits.response.0.div_ceil(1000)).unwrap_or(u32::MAX);
        let mut exchange = Exchange::new(core, self, &mut io, (upload, &mut download), patience);
        let end = poll_fn(|cx| exchange.poll(cx)).await;
        let sent = exchange.request_is_sent();
        match end {
            Ok(end) => Ok(Outcome::Answered { flight, end, io, download, sent }),
            Err(fault) => {
                let begun = download.touched();
                core.recycle(download.into_buffer());
                Err(Failure { fault, flight, reused, begun })
            }
        }
    }

    /// The field that makes the client stay on the release of this member, where releases share the traffic.
    fn introduction(&self, job: &Job<'_>, flight: &Flight) -> Box<[u8]> {
        let token = flight.member.cell.token;
        if !job.pool.spec().split || job.met == Some(token) {
            return Box::default();
        }
        sticky::cookie(&job.pool.cell().service, token, self.origin.https).into()
    }

    async fn conclude(&mut self, job: &Job<'_>, id: &RequestId, tries: u64, outcome: Outcome) -> Next {
        let Job { core, head, pool, began, .. } = *job;
        let told = Told { id: id.bytes(&self.inbuf), pool: Some(pool), tries, ..Told::default() };
        match outcome {
            Outcome::Answered { flight, end: End::Answered, io, download, sent } => {
                let status = download.status().unwrap_or(502);
                let told = Told { bytes: download.bytes, member: Some(&flight.member.cell), ..told };
                self.log(core, Some(head), status, &told, began);
                let at_most = core.settings.timeouts.member_idle;
                if let (true, Some(seconds)) = (sent, download.member_stays(at_most)) {
                    flight.member.keep(io, core.watches.tick(), seconds);
                }
                let stays = sent && download.client_stays();
                core.recycle(download.into_buffer());
                if stays { Next::Request } else { Next::Linger }
            }
            Outcome::Answered { flight, end: End::Upgraded(early), io, mut download, .. } => {
                let told = Told { member: Some(&flight.member.cell), ..told };
                self.log(core, Some(head), 101, &told, began);
                let head_of_101 = download.take_out();
                let protocol = head.upgrade.clone().map(|range| &self.inbuf[range]);
                let websocket = protocol.is_some_and(|p| p.eq_ignore_ascii_case(b"websocket"));
                let first = tunnel::First {
                    websocket: websocket.then_some(head_of_101.len()),
                    to_client: [head_of_101, early].concat(),
                    to_member: self.take_rest(),
                };
                tunnel::run(core, self, io, flight, pool, first).await;
                Next::Drop
            }
            Outcome::Failed { fault, begun, flight } => {
                let member = flight.as_ref().map(|f| &*f.member.cell);
                if let (Some(flight), Fault::Member { .. } | Fault::MemberSilent) = (&flight, &fault) {
                    flight.counters().unanswered.add(1);
                }
                let why = match &fault {
                    Fault::Member { why, .. } => why,
                    other => other.words(),
                };
                let told = Told { member, error: why, ..told };
                let status = fault.status();
                self.log(core, Some(head), status, &told, began);
                if begun || status == 499 {
                    return Next::Drop;
                }
                self.send_page(core, head, Refusal { status, why: fault.words() }, id).await
            }
            Outcome::Nobody => {
                let why = "no instance of this service takes requests at the moment";
                self.log(core, Some(head), 503, &Told { error: why, ..told }, began);
                self.send_page(core, head, Refusal { status: 503, why }, id).await
            }
        }
    }

    /// What arrived after the request that turned the connection into a tunnel.
    fn take_rest(&mut self) -> Vec<u8> {
        let rest = self.inbuf.split_off(self.next);
        self.next = self.inbuf.len();
        rest
    }

    /// Refuses a request whose head ends at `end`.
    pub(super) async fn refuse_request(
        &mut self,
        core: &Core,
        end: usize,
        refusal: Refusal,
        began: Instant,
    ) -> Next {
        let head = with_head(&self.inbuf, end, |head, _| head);
        let Ok(head) = head else { return self.refuse(core, refusal).await };
        self.next = end;
        let id = RequestId::of(&head, core);
        let told = Told { id: id.bytes(&self.inbuf), error: refusal.why, ..Told::default() };
        self.log(core, Some(&head), refusal.status, &told, began);
        self.send_page(core, &head, refusal, &id).await
    }

    /// Sends the client to HTTPS.
    pub(super) async fn redirect(&mut self, core: &Core, redirect: &Redirect, began: Instant) -> Next {
        let Redirect { head, pool, id, port } = redirect;
        self.next = head.length;
        let id = id.bytes(&self.inbuf);
        self.log(core, Some(head), 308, &Told { id, pool: Some(pool), ..Told::default() }, began);
        let host = host_and_port(&self.inbuf[head.authority.clone()]).0;
        // `*` and nothing at all ask about the whole host.
        let path = Some(&self.inbuf[head.target.clone()]).filter(|path| path.starts_with(b"/"));
        let page = pages::https(host, *port, path.unwrap_or(b"/"), id, goes_on(core, head));
        self.send_last(core, head, &page).await
    }

    /// Sends a page about what went wrong.
    async fn send_page(&mut self, core: &Core, head: &Head, refusal: Refusal, id: &RequestId) -> Next {
        let bodiless = head.method == crate::http::request::Method::Head;
        let id = id.bytes(&self.inbuf);
        let keep = goes_on(core, head);
        let page = pages::page(refusal.status, refusal.why, id, head.json, keep, bodiless);
        self.send_last(core, head, &page).await
    }

    /// Sends an answer of our own to a request.
    async fn send_last(&mut self, core: &Core, head: &Head, page: &[u8]) -> Next {
        let keep = goes_on(core, head);
        match self.send(core, page).await {
            Ok(()) if keep => Next::Request,
            Ok(()) => Next::Linger,
            Err(_) => Next::Drop,
        }
    }

    /// Counts a request and writes its line.
    pub(super) fn log(&self, core: &Core, head: Option<&Head>, status: u16, told: &Told<'_>, began: Instant) {
        let ended = Instant::now();
        let micros = u64::try_from((ended - began).as_micros()).unwrap_or(u64::MAX);
        if let Some(head) = head {
            match (told.member, told.pool) {
                (Some(member), _) if told.error.is_empty() => {
                    member.counters(core.thread).answers.record(head.method, status, micros);
                }
                (_, Some(pool)) => {
                    pool.cell().counters(core.thread).answers.record(head.method, status, micros)
                }
                (_, None) => {}
            }
        }
        let part = |range: Option<std::ops::Range<usize>>| range.map_or(&b"-"[..], |r| &self.inbuf[r]);
        let entry = Entry {
            id: told.id,
            client: &self.address,
            method: part(head.map(|h| h.method_name.clone())),
            host: part(head.map(|h| h.authority.clone())),
            path: part(head.map(|h| h.target.clone())),
            status,
            bytes: told.bytes,
            service: told.pool.map_or("", |p| p.cell().service.as_str()),
            release: told.member.map_or("", |m| m.release.as_str()),
            instance: told.member.map_or("", |m| m.instance.as_str()),
            tries: told.tries,
            error: told.error,
        };
        core.access.borrow_mut().write(&entry, began, ended);
    }
}

/// The connection may go on only where nothing of the request is still to come.
fn goes_on(core: &Core, head: &Head) -> bool {
    head.keep_alive && head.modern && head.body == BodyLength::Empty && !core.draining()
}

fn unreachable(error: &std::io::Error, flight: Flight) -> Failure {
    let ours = matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::EADDRNOTAVAIL | libc::ENOBUFS)
    );
    let why = format!("cannot connect: {error}");
    if !ours {
        flight.member.cell.unreachable(&why);
        flight.counters().unreachable.add(1);
    }
    Failure { fault: Fault::Member { stage: Stage::Connect, why }, flight, reused: false, begun: false }
}
