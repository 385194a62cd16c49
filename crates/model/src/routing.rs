//! The routing table: all that the data plane knows. It speaks of pools and members, never of a manifest.

use crate::id::{InstanceId, ReleaseId, Scope, ServiceName};
use crate::unit::{Bytes, Millis, Port};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

/// What one scope wants routed. The data plane holds one table a scope and serves them together;
/// a table that claims a listener route another scope already has is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoutingTable {
    /// Whose table this is.
    pub scope: Scope,
    /// Rises with every change of the scope's table; an older one is refused.
    pub generation: u64,
    /// Addresses to listen on, with their routes.
    pub listeners: Vec<Listener>,
    /// Groups of interchangeable members.
    pub pools: Vec<Pool>,
}

/// One address and what is served on it. Two scopes may name the same address if their routes differ and both use the same transport.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listener {
    /// Where to listen.
    pub address: SocketAddr,
    /// Certificate and key; absent means plain HTTP.
    pub tls: Option<TlsFiles>,
    /// The longest matching route wins: exact host before any host, then the longest prefix.
    pub routes: Vec<Route>,
}

/// PEM files of a certificate chain and its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsFiles {
    /// Certificate chain, leaf first.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// Requests of a host and path prefix go to a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Host name without port, lower case; absent means any host.
    pub host: Option<String>,
    /// Path prefix, begins with `/`. `/api` matches `/api` and `/api/x`, not `/apix`.
    pub prefix: String,
    /// Takes the prefix away before the request goes on.
    pub strip_prefix: bool,
    /// The pool, by name.
    pub pool: ServiceName,
    /// Do not ask the pool: send the client to the same host and path with HTTPS at this port.
    #[serde(default)]
    pub redirect: Option<Port>,
}

/// Interchangeable members that serve one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// The service that the members are instances of.
    pub service: ServiceName,
    /// The instances.
    pub members: Vec<Member>,
    /// Active health checks; absent means members count as healthy until passive ejection.
    pub health: Option<HealthCheck>,
    /// Limits and timeouts.
    pub limits: PoolLimits,
}

/// One instance in a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Which instance.
    pub instance: InstanceId,
    /// Of which release, for the counters.
    pub release: ReleaseId,
    /// Where it listens.
    pub address: SocketAddr,
    /// The network it listens on, as a file of network_namespaces(7); absent is this machine's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<PathBuf>,
    /// Share of new requests relative to the others; with 0 it stands by for when none of the others can answer.
    pub weight: u16,
    /// Whether it takes new requests at all.
    pub state: MemberState,
}

/// Whether a member takes new requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberState {
    /// Takes new requests while healthy.
    Active,
    /// Takes no new requests; those in flight finish.
    Draining,
}

/// An HTTP health check with thresholds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// Path to GET; 200-299 is healthy.
    pub path: String,
    /// Every answer below 500 is healthy: for services without a health endpoint, whose front page may redirect or refuse.
    #[serde(default)]
    pub lenient: bool,
    /// Time between two checks of a member.
    pub interval: Millis,
    /// Time one check may take.
    pub timeout: Millis,
    /// Consecutive successes before an unhealthy member takes requests again.
    pub rise: u16,
    /// Consecutive failures before a member takes no more requests.
    pub fall: u16,
}

impl HealthCheck {
    /// Whether an answer with this status is healthy.
    pub fn accepts(&self, status: u16) -> bool {
        (200..300).contains(&status) || (self.lenient && (100..500).contains(&status))
    }
}

/// Limits of a pool. The defaults are sane for a web application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolLimits {
    /// Largest request body.
    pub body: Bytes,
    /// Longest wait for the head of the response.
    pub response: Millis,
    /// Longest life of a WebSocket or another upgraded connection after a drain of its member began.
    pub upgraded_drain: Millis,
    /// Most requests that wait while the pool is paused.
    pub pause_queue: u32,
    /// Longest wait of one of them before 503.
    pub pause_wait: Millis,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            body: Bytes(100 << 20),
            response: Millis::seconds(60),
            upgraded_drain: Millis::seconds(30),
            pause_queue: 1000,
            pause_wait: Millis::seconds(30),
        }
    }
}

/// What the data plane says of one scope: the counters that a deploy compares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrafficState {
    /// The generation of the table in force.
    pub generation: u64,
    /// Each pool.
    pub pools: Vec<PoolState>,
    /// What of the table does not work, in words: a certificate that cannot be read, a listener whose address is taken.
    #[serde(default)]
    pub problems: Vec<String>,
}

/// A pool as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PoolState {
    /// The service.
    pub service: ServiceName,
    /// New requests wait.
    pub paused: bool,
    /// Each member, draining ones included until their last request is done.
    pub members: Vec<MemberReading>,
}

/// A member as it is now; the counters rise from when the member joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberReading {
    /// Which instance.
    pub instance: InstanceId,
    /// Of which release.
    pub release: ReleaseId,
    /// Takes requests as far as its health goes.
    pub healthy: bool,
    /// Requests being answered now.
    pub in_flight: u64,
    /// Upgraded connections (WebSocket) open now.
    pub upgraded: u64,
    /// Requests answered or failed.
    pub requests: u64,
    /// Answers with 500-599, and requests that got no answer from the member.
    pub errors: u64,
    /// Answers by duration; the bucket `i` counts those that took at most `2^i` milliseconds, the last one all longer.
    pub latency: Vec<u64>,
    /// The last failed health check or failed request, in words.
    pub last_failure: Option<String>,
}

impl MemberReading {
    /// The number of latency buckets: 1 ms to 32768 ms and beyond.
    pub const LATENCY_BUCKETS: usize = 17;
}
