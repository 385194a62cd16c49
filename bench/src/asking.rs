//! A client that asks for the version every millisecond, over kept connections and new ones.

use crate::table::millis;
use scenarios::load::{Connection, get};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Threads with a connection that is kept, and with a new one for each request. They take turns: one request a
/// millisecond in all.
const KEPT: u32 = 4;
const FRESH: u32 = 1;

/// One request, in milliseconds of the clock.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) sent: f64,
    pub(crate) answered: f64,
    /// The version that answered, or what went wrong.
    pub(crate) answer: Result<String, String>,
}

/// A client at work.
pub(crate) struct Asking {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Vec<Asked>>>,
}

impl Asking {
    /// Starts asking `GET /version`.
    pub(crate) fn start(address: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let all = KEPT + FRESH;
        let threads = (0..all).map(|turn| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                let period = Duration::from_millis(all.into());
                let begin = Instant::now() + Duration::from_millis(turn.into());
                ask(address, turn < KEPT, begin, period, &stop)
            })
        });
        let threads = threads.collect();
        Self { stop, threads }
    }

    /// Everything that was asked, in no order.
    pub(crate) fn stop(self) -> Vec<Asked> {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    }
}

fn ask(address: SocketAddr, kept: bool, begin: Instant, period: Duration, stop: &AtomicBool) -> Vec<Asked> {
    let mut all = Vec::new();
    let mut connection: Option<Connection> = None;
    let mut next = begin;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        next = (next + period).max(Instant::now());
        let sent = now();
        let reply = if kept {
            let open = connection.take().map_or_else(|| Connection::open(address), Ok);
            open.and_then(|mut open| {
                let reply = open.request("GET", "/version", &[], b"")?;
                connection = (!reply.closes()).then_some(open);
                Ok(reply)
            })
        } else {
            get(address, "/version")
        };
        let answer = reply.and_then(|reply| match reply.status {
            200 => Ok(reply.text().trim().to_owned()),
            status => Err(format!("status {status}")),
        });
        all.push(Asked { sent, answered: now(), answer });
    }
    all
}

/// Milliseconds since 1970, as events count them but finer.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, millis)
}

/// Milliseconds from a moment to the last answer of an old version to a request that was sent after it.
pub(crate) fn old_after(moment: f64, asked: &[Asked], old: &str) -> f64 {
    let new_requests = asked.iter().filter(|asked| asked.sent >= moment);
    let of_old = new_requests.filter(|asked| asked.answer.as_deref() == Ok(old));
    of_old.map(|asked| asked.answered - moment).fold(0.0, f64::max)
}
