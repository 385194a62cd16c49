//! The book about a load.

use super::Reply;
use super::requests::order_key;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

/// What kind of request or message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A GET on a kept connection.
    Get,
    /// A POST with an `Idempotency-Key` on a kept connection.
    Order,
    /// A POST without one.
    Post,
    /// A GET on a new connection.
    Fresh,
    /// A GET that takes seconds.
    Slow,
    /// A message over a WebSocket, or its connection.
    WebSocket,
}

/// A request that got no answer, an answer that no release gave, or a wrong one.
#[derive(Debug, Clone)]
pub struct Loss {
    /// What was lost.
    pub kind: Kind,
    /// Its number.
    pub id: u64,
    /// When it was sent, since the load began.
    pub at: Duration,
    /// How.
    pub reason: String,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} s: {:?} {} {}", self.at.as_secs_f64(), self.kind, self.id, self.reason)
    }
}

/// What happened under a load.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How long it ran.
    pub lasted: Duration,
    /// Requests and messages sent.
    pub sent: BTreeMap<Kind, u64>,
    /// Answered as expected.
    pub ok: u64,
    /// Neither answered as expected nor by the release's own error.
    pub lost: Vec<Loss>,
    /// Answered 5xx by a release itself, by release: what a bad release does to those who reach it.
    pub release_errors: BTreeMap<String, u64>,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Good answers by the release that gave them.
    pub releases: BTreeMap<String, u64>,
    /// The number that each order was answered with, by its key.
    pub orders: BTreeMap<String, String>,
    /// Of those, answers that the shop gave a second time, because it recognised the key.
    pub repeated: u64,
    /// WebSockets that were closed with a close frame, or ended with nothing on the way, and were opened again.
    pub closed: u64,
    /// Of those, ended without a close frame.
    pub closed_bare: u64,
    /// Messages that a close frame crossed; they were sent again and came back.
    pub crossed: u64,
    /// Durations of good answers but slow ones, sorted.
    latency: Vec<Duration>,
}

impl Report {
    /// Requests and messages sent, of all kinds.
    pub fn total(&self) -> u64 {
        self.sent.values().sum()
    }

    /// The duration below which `percent` of good answers stayed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.latency.len().saturating_sub(1);
        self.latency.get(last * percent / 100).copied().unwrap_or_default()
    }

    /// Fails the test when anything was lost.
    #[track_caller]
    pub fn assert_nothing_lost(&self) {
        assert!(self.lost.is_empty(), "{} of {} were lost\n{self}", self.lost.len(), self.total());
    }

    /// Fails the test unless each order that was answered was done, once, and is the one that was done: `done` is the
    /// number of each order in the shop's book, by its key.
    #[track_caller]
    pub fn assert_orders_done(&self, done: &BTreeMap<String, String>) {
        assert!(!self.orders.is_empty(), "no order was answered\n{self}");
        for (key, number) in &self.orders {
            assert_eq!(done.get(key), Some(number), "{key}\n{self}");
        }
        let unanswered =
            done.keys().filter(|key| key.starts_with("order-") && !self.orders.contains_key(*key));
        assert_eq!(unanswered.collect::<Vec<_>>(), [""; 0], "done without an answer\n{self}");
    }

    /// As [`Self::assert_nothing_lost`], under instances that died by themselves `deaths` times while they served: a POST
    /// without a key that one had in its hands may have been carried out, so nobody may send it to another. At each death there is at
    /// most one on each of the load's connections; everything else has to be answered.
    #[track_caller]
    pub fn assert_nothing_lost_but_posts_in_hand(&self, deaths: usize, connections: u32) {
        let in_hand = |loss: &&Loss| loss.kind == Kind::Post && loss.reason.starts_with("status 502");
        let (died, lost): (Vec<_>, Vec<_>) = self.lost.iter().partition(in_hand);
        let most = deaths * usize::try_from(connections).unwrap_or(usize::MAX);
        assert!(
            lost.is_empty() && died.len() <= most,
            "{} of {} were lost\n{self}",
            self.lost.len(),
            self.total()
        );
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p99, max) = (self.percentile(50), self.percentile(99), self.percentile(100));
        writeln!(
            f,
            "{:.1} s, sent {:?}, ok {}, lost {}",
            self.lasted.as_secs_f64(),
            self.sent,
            self.ok,
            self.lost.len()
        )?;
        writeln!(f, "statuses {:?}, errors of releases {:?}", self.statuses, self.release_errors)?;
        writeln!(
            f,
            "releases {:?}, orders {} ({} recognised)",
            self.releases,
            self.orders.len(),
            self.repeated
        )?;
        writeln!(f, "p50 {p50:?}, p99 {p99:?}, max {max:?}")?;
        writeln!(
            f,
            "websockets closed {} ({} without a close frame), crossed {}",
            self.closed, self.closed_bare, self.crossed
        )?;
        self.lost.iter().take(40).try_for_each(|loss| writeln!(f, "  lost at {loss}"))
    }
}

/// The book while it is written.
#[derive(Default)]
pub(super) struct Tally(Mutex<Report>);

impl Tally {
    fn write(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.0.lock().expect("no thread panics while it writes"));
    }

    pub(super) fn sent(&self, kind: Kind) {
        self.write(|report| *report.sent.entry(kind).or_default() += 1);
    }

    pub(super) fn ok(&self, kind: Kind, id: u64, took: Duration, reply: &Reply) {
        let release = reply.header("x-release").unwrap_or_default().to_owned();
        self.write(|report| {
            report.ok += 1;
            *report.statuses.entry(reply.status).or_default() += 1;
            *report.releases.entry(release).or_default() += 1;
            if kind == Kind::Order {
                let number = reply.header("x-order").unwrap_or_default().to_owned();
                report.orders.insert(order_key(&id), number);
                report.repeated += u64::from(reply.header("x-repeated").is_some());
            }
            if kind != Kind::Slow {
                report.latency.push(took);
            }
        });
    }

    /// An answer that was not as expected: an error of the release itself, else a loss.
    pub(super) fn wrong(&self, kind: Kind, id: u64, at: Duration, reply: &Reply, reason: String) {
        self.write(|report| *report.statuses.entry(reply.status).or_default() += 1);
        match reply.header("x-release") {
            Some(release) if reply.status >= 500 => {
                let release = release.to_owned();
                self.write(|report| *report.release_errors.entry(release).or_default() += 1);
            }
            _ => self.lost(kind, id, at, reason),
        }
    }

    pub(super) fn lost(&self, kind: Kind, id: u64, at: Duration, reason: String) {
        self.write(|report| report.lost.push(Loss { kind, id, at, reason }));
    }

    pub(super) fn message(&self, release: &str) {
        self.write(|report| {
            report.ok += 1;
            *report.releases.entry(release.to_owned()).or_default() += 1;
        });
    }

    pub(super) fn closed(&self, with_frame: bool) {
        self.write(|report| {
            report.closed += 1;
            report.closed_bare += u64::from(!with_frame);
        });
    }

    pub(super) fn crossed(&self) {
        self.write(|report| report.crossed += 1);
    }

    pub(super) fn report(&self, lasted: Duration) -> Report {
        let mut report = self.0.lock().expect("no thread panics while it writes").clone();
        report.lasted = lasted;
        report.latency.sort_unstable();
        report
    }
}
