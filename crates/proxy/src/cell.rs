//! What the threads and the control side share of members and pools. Cells outlive the tables that name them:
//! a member that leaves a table keeps its cell until its last request is done.

use crate::clock;
use crate::counters::{AnswersRead, MemberCounters, PoolCounters};
use crate::sticky::Token;
use crate::sys;
use model::id::{InstanceId, ReleaseId, Scope, ServiceName};
use model::routing::MemberReading;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use tokio::net::{TcpSocket, TcpStream};

/// First wait before a member that could not be reached is tried again; it doubles up to [`EJECTED_LONGEST`].
const EJECTED_FIRST: u64 = 500;
const EJECTED_LONGEST: u64 = 15_000;

/// A member of a pool, for as long as anyone refers to it.
#[derive(Debug)]
pub(crate) struct MemberCell {
    pub(crate) uid: u64,
    pub(crate) scope: Scope,
    pub(crate) service: ServiceName,
    pub(crate) instance: InstanceId,
    pub(crate) release: ReleaseId,
    /// What a cookie calls the release.
    pub(crate) token: Token,
    pub(crate) address: SocketAddr,
    /// The network that the address is on; absent is this machine's own.
    network: Option<PathBuf>,
    /// Active checks decide about it.
    checked: AtomicBool,
    healthy: AtomicBool,
    /// Steady milliseconds until which it gets no requests.
    ejected_until: AtomicU64,
    ejections: AtomicU32,
    /// Steady milliseconds when it began to drain; 0 while it does not.
    drain_began: AtomicU64,
    last_failure: Mutex<Option<String>>,
    threads: Box<[MemberCounters]>,
}

/// What identifies a member over tables.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MemberKey {
    pub(crate) scope: Scope,
    pub(crate) service: ServiceName,
    pub(crate) instance: InstanceId,
    pub(crate) address: SocketAddr,
    pub(crate) network: Option<PathBuf>,
}

impl MemberCell {
    pub(crate) fn new(uid: u64, key: MemberKey, release: ReleaseId, threads: usize) -> Self {
        Self {
            uid,
            token: Token::of(&key.scope, &key.service, &release),
            scope: key.scope,
            service: key.service,
            instance: key.instance,
            release,
            address: key.address,
            network: key.network,
            checked: AtomicBool::new(false),
            healthy: AtomicBool::new(true),
            ejected_until: AtomicU64::new(0),
            ejections: AtomicU32::new(0),
            drain_began: AtomicU64::new(0),
            last_failure: Mutex::new(None),
            threads: (0..threads).map(|_| MemberCounters::default()).collect(),
        }
    }

    /// A new connection.
    pub(crate) async fn connect(&self) -> io::Result<TcpStream> {
        let Some(network) = &self.network else {
            return TcpStream::connect(self.address).await;
        };
        let socket = sys::socket_in(network, self.address)?;
        TcpSocket::from_std_stream(socket.into()).connect(self.address).await
    }

    /// The counters of a thread.
    pub(crate) fn counters(&self, thread: usize) -> &MemberCounters {
        &self.threads[thread]
    }

    /// Takes requests as far as its health goes.
    pub(crate) fn available(&self) -> bool {
        if !self.healthy.load(Ordering::Relaxed) {
            return false;
        }
        let until = self.ejected_until.load(Ordering::Relaxed);
        until == 0 || until <= clock::steady_millis()
    }

    /// A connection could not be made: no requests until a health check succeeds, or for a while where there is none.
    pub(crate) fn unreachable(&self, why: &str) {
        self.failed(why);
        if self.checked.load(Ordering::Relaxed) {
            self.healthy.store(false, Ordering::Relaxed);
        } else {
            let n = self.ejections.fetch_add(1, Ordering::Relaxed);
            let wait = EJECTED_FIRST.saturating_mul(1 << n.min(10)).min(EJECTED_LONGEST);
            self.ejected_until.store(clock::steady_millis() + wait, Ordering::Relaxed);
        }
    }

    /// A connection was made, so what is known of failed ones is past.
    pub(crate) fn reachable(&self) {
        if self.ejected_until.load(Ordering::Relaxed) != 0 {
            self.ejected_until.store(0, Ordering::Relaxed);
            self.ejections.store(0, Ordering::Relaxed);
        }
    }

    /// Whether active checks decide about its health from now on; without them nothing would bring it back.
    pub(crate) fn set_checked(&self, checked: bool) {
        self.checked.store(checked, Ordering::Relaxed);
        if !checked {
            self.set_healthy(true);
        }
    }

    pub(crate) fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    pub(crate) fn set_healthy(&self, healthy: bool) {
        self.healthy.store(healthy, Ordering::Relaxed);
    }

    pub(crate) fn failed(&self, why: &str) {
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.to_owned());
    }

    /// Marks the beginning of a drain, or its end when the member is active again.
    pub(crate) fn set_draining(&self, draining: bool) {
        if !draining {
            self.drain_began.store(0, Ordering::Relaxed);
        } else if self.drain_began.load(Ordering::Relaxed) == 0 {
            self.drain_began.store(clock::steady_millis(), Ordering::Relaxed);
        }
    }

    /// Milliseconds since the drain began.
    pub(crate) fn draining_for(&self) -> Option<u64> {
        let began = self.drain_began.load(Ordering::Relaxed);
        (began != 0).then(|| clock::steady_millis().saturating_sub(began))
    }

    /// Nothing is on its way to or from it.
    pub(crate) fn quiet(&self) -> bool {
        let busy = |t: &MemberCounters| t.in_flight.get() | t.upgraded.get();
        self.threads.iter().all(|t| busy(t) == 0)
    }

    pub(crate) fn sum(&self, what: impl Fn(&MemberCounters) -> u64) -> u64 {
        self.threads.iter().map(what).sum()
    }

    pub(crate) fn answers(&self) -> AnswersRead {
        let mut read = AnswersRead::default();
        self.threads.iter().for_each(|t| read.add(&t.answers));
        read
    }

    pub(crate) fn reading(&self) -> MemberReading {
        let unanswered = self.sum(|t| t.unanswered.get());
        let (mut requests, mut errors) = (unanswered, unanswered);
        let mut latency = vec![0; MemberReading::LATENCY_BUCKETS];
        for (_, status, durations) in self.answers().iter() {
            requests += durations.count();
            errors += if status.is_failure() { durations.count() } else { 0 };
            latency.iter_mut().zip(durations.buckets).for_each(|(a, b)| *a += b);
        }
        MemberReading {
            instance: self.instance.clone(),
            release: self.release.clone(),
            healthy: self.available(),
            in_flight: self.sum(|t| t.in_flight.get()),
            upgraded: self.sum(|t| t.upgraded.get()),
            requests,
            errors,
            latency,
            last_failure: self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

/// A pool, for as long as a table names it.
#[derive(Debug)]
pub(crate) struct PoolCell {
    pub(crate) scope: Scope,
    pub(crate) service: ServiceName,
    /// Requests that wait because the pool is paused, over all threads.
    pub(crate) waiting: AtomicU32,
    threads: Box<[PoolCounters]>,
}

impl PoolCell {
    pub(crate) fn new(scope: Scope, service: ServiceName, threads: usize) -> Self {
        let threads = (0..threads).map(|_| PoolCounters::default()).collect();
        Self { scope, service, waiting: AtomicU32::new(0), threads }
    }

    pub(crate) fn counters(&self, thread: usize) -> &PoolCounters {
        &self.threads[thread]
    }

    pub(crate) fn answers(&self) -> AnswersRead {
        let mut read = AnswersRead::default();
        self.threads.iter().for_each(|t| read.add(&t.answers));
        read
    }
}
