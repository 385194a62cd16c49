//! The data plane: a reverse proxy in processes of its own. It knows a routing table, never a manifest.
//!
//! [`keeper`] holds the listening sockets and keeps one [`worker`] running; [`control::Client`] is how the control
//! plane speaks with it, [`launch::ensure`] how it is started. Inside a worker each thread has its own runtime,
//! connections and idle connections to members, and shares with the others only counters and the table in force.
//!
//! The life of a request: `serve` reads a head (`http::request`), `serve::intake` routes it, `serve::answer` picks
//! members (`upstream`) until one answers, `exchange` carries both bodies, `access` and `counters` remember it.

pub mod control;
pub mod error;
pub mod keeper;
pub mod launch;
pub mod log;
pub mod settings;
pub mod worker;

mod access;
mod cell;
mod clock;
mod core;
mod counters;
mod exchange;
mod fault;
mod h2;
mod health;
mod http;
mod metrics;
mod pages;
mod serve;
mod sticky;
mod store;
mod stream;
mod sys;
mod table;
mod tls;
mod tunnel;
mod upstream;
mod watch;

pub use error::ProxyError;

/// Takes a scope out of what the next proxy of this home would serve. For a home whose proxy does not run: one that runs
/// has its tables in memory too and is told by [`control::Client::remove`].
///
/// # Errors
/// When its files cannot be removed.
pub fn forget(home: &std::path::Path, scope: &model::id::Scope) -> Result<(), ProxyError> {
    if home.exists() { store::Store::open(home)?.remove(scope) } else { Ok(()) }
}
