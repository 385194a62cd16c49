//! A steady load, counted from outside: what was sent, what was answered by which release, what was lost and how.
//!
//! Every request is sent once. There is no second attempt anywhere: a connection that is closed under a request, or
//! refused, is a loss, whether the request was idempotent or not.

mod http;
mod requests;
mod tally;
mod websocket;

pub use http::{Connection, Reply, get};
pub use tally::{Kind, Loss, Report};
pub use websocket::{End, Socket};

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tally::Tally;

/// How much of what. Each counts threads with one connection each.
#[derive(Debug, Clone, Copy)]
pub struct Mix {
    /// GETs over a connection that is kept, 25 a second each.
    pub gets: u32,
    /// POSTs with an `Idempotency-Key` over a connection that is kept, with a body whose echo is compared, 10 a second each.
    pub orders: u32,
    /// The same without a key.
    pub posts: u32,
    /// GETs on a new connection each, 10 a second each.
    pub fresh: u32,
    /// Requests that take 1 to 3 seconds, one after the other.
    pub slow: u32,
    /// WebSockets on which a message goes out and comes back 10 times a second.
    pub websockets: u32,
}

impl Mix {
    /// All kinds: about 140 requests and 20 messages a second.
    pub const STEADY: Self = Self { gets: 3, orders: 2, posts: 1, fresh: 2, slow: 3, websockets: 2 };
    /// Idempotent requests only.
    pub const GETS: Self = Self { gets: 4, orders: 0, posts: 0, fresh: 4, slow: 0, websockets: 0 };
}

/// What the threads of a load share.
struct Shared {
    address: SocketAddr,
    started: Instant,
    stop: AtomicBool,
    next_id: AtomicU64,
    tally: Tally,
}

impl Shared {
    fn running(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }
}

/// A load that runs until it is stopped.
pub struct Load {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts one.
    pub fn start(address: SocketAddr, mix: Mix) -> Self {
        let shared = Arc::new(Shared {
            address,
            started: Instant::now(),
            stop: AtomicBool::new(false),
            next_id: AtomicU64::new(1),
            tally: Tally::default(),
        });
        let mut threads = Vec::new();
        let mut add = |count: u32, work: fn(&Shared)| {
            for _ in 0..count {
                let shared = Arc::clone(&shared);
                threads.push(std::thread::spawn(move || work(&shared)));
            }
        };
        add(mix.gets, requests::gets);
        add(mix.orders, requests::orders);
        add(mix.posts, requests::posts);
        add(mix.fresh, requests::fresh);
        add(mix.slow, requests::slow);
        add(mix.websockets, websocket::talk);
        Self { shared, threads }
    }

    /// What happened until now.
    pub fn so_far(&self) -> Report {
        self.shared.tally.report(self.shared.started.elapsed())
    }

    /// Waits until so many more requests were answered well: the load has settled on what serves now.
    pub fn settle(&self, more: u64) {
        let before = self.so_far().ok;
        let until = Instant::now() + Duration::from_secs(20);
        while self.so_far().ok < before + more && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Lets every thread finish what it began, and returns what happened.
    pub fn stop(mut self) -> Report {
        self.end();
        self.so_far()
    }

    fn end(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A thread that panicked has written its loss to standard error; the report shows what it counted.
            let _panicked = thread.join();
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.threads.is_empty() {
            show(&self.so_far());
        }
        self.end();
    }
}

#[allow(clippy::print_stderr)]
fn show(report: &Report) {
    eprintln!("--- the load until the failure\n{report}");
}

/// A moment every `period`, never in a burst after a pause.
struct Pace {
    next: Instant,
    period: Duration,
}

impl Pace {
    fn new(period: Duration) -> Self {
        Self { next: Instant::now(), period }
    }

    fn wait(&mut self) {
        self.next = (self.next + self.period).max(Instant::now());
        std::thread::sleep(self.next.saturating_duration_since(Instant::now()));
    }

    fn due(&self) -> Duration {
        (self.next + self.period).saturating_duration_since(Instant::now())
    }

    fn advance(&mut self) {
        self.next = (self.next + self.period).max(Instant::now());
    }
}
