//! What is said over the control socket.

use model::id::{Scope, ServiceName};
use model::routing::{RoutingTable, TrafficState};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The version of this protocol. It rises when an older side would misunderstand a message.
pub const PROTOCOL: u32 = 1;

/// A message with the version of who sent it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Versioned<T> {
    pub(crate) v: u32,
    #[serde(flatten)]
    pub(crate) message: T,
}

impl<T> Versioned<T> {
    pub(crate) fn new(message: T) -> Self {
        Self { v: PROTOCOL, message }
    }
}

/// What a client asks for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(crate) enum Request {
    Publish { table: Box<RoutingTable> },
    Remove { scope: Scope },
    State { scope: Scope },
    Pause { scope: Scope, service: ServiceName },
    Resume { scope: Scope, service: ServiceName },
    Metrics,
    Upgrade { binary: PathBuf },
    Shutdown,
    Version,
}

/// What it gets.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub(crate) enum Answer {
    Done,
    State {
        state: TrafficState,
    },
    Metrics {
        text: String,
    },
    Version(Version),
    /// No table of the scope is known.
    UnknownScope {
        scope: Scope,
    },
    Failed {
        reason: String,
    },
}

/// Who answers on a control socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The release of Mainstay the worker was built from.
    pub mainstay: String,
    /// Its [`PROTOCOL`].
    pub protocol: u32,
    /// Its process.
    pub pid: u32,
}
