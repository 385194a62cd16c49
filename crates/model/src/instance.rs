//! Running things: what an instance is started with and what is known of it afterwards.

use crate::id::{DatastoreName, InstanceId, ReleaseId, ServiceName};
use crate::manifest::{Limits, Publish};
use crate::unit::{Bytes, Millis, Port, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// All that is needed to run one instance, except its environment: that holds secrets and is handed over apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceSpec {
    /// Its id, unique in its scope.
    pub id: InstanceId,
    /// What it is an instance of.
    pub part: Part,
    /// Program and arguments.
    pub command: Vec<String>,
    /// The folder it runs in.
    pub directory: PathBuf,
    /// The user it runs as; absent means ours. Used for servers that refuse to run as root.
    pub user: Option<String>,
    /// The port it was told to listen on.
    pub port: Option<Port>,
    /// Limits, kept where the kernel allows.
    pub limits: Limits,
    /// The signal that asks it to end, and the time before SIGKILL.
    pub stop: StopSignal,
    /// Time between that signal and SIGKILL.
    pub grace: Millis,
    /// Whether it is started again when it ends by itself.
    pub restart: Restart,
    /// Names of the variables whose values are taken out of what it writes.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// The image it is started from; absent for a plain process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
}

/// What a container is started from. The words of [`InstanceSpec::command`] take the place of the image's own, if there are any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its id, a digest, so that a tag that moves changes nothing.
    pub id: String,
    /// Where the program listens inside; [`InstanceSpec::port`] is where this machine reaches it.
    pub port: Option<Port>,
    /// Services that it calls by name; this machine answers for them.
    pub hosts: Vec<ServiceName>,
    /// How this machine reaches it, where it may run on others.
    #[serde(default)]
    pub publish: Publish,
}

/// What an instance belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// A service in a release.
    Service {
        /// The service.
        service: ServiceName,
        /// The release.
        release: ReleaseId,
    },
    /// A datastore, which outlives releases.
    Datastore {
        /// The datastore.
        datastore: DatastoreName,
    },
    /// What tells the proxy when an orchestrator moves instances.
    Follower,
}

impl Part {
    /// The service, when it is one.
    pub fn service(&self) -> Option<(&ServiceName, &ReleaseId)> {
        match self {
            Self::Service { service, release } => Some((service, release)),
            Self::Datastore { .. } | Self::Follower => None,
        }
    }
}

/// The signal that asks an instance to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StopSignal {
    /// SIGTERM: web servers, workers, redis.
    Terminate,
    /// SIGINT: PostgreSQL's fast shutdown.
    Interrupt,
}

/// Whether an instance is started again when it ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// Always, with growing pauses: 100 ms doubled up to 30 s, back to the start after a minute of life.
    Always,
    /// Never; its exit is its result.
    Never,
}

/// An instance as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceStatus {
    /// What it was started with.
    pub spec: InstanceSpec,
    /// Where it stands.
    pub phase: InstancePhase,
    /// Process id of the program, while it runs.
    pub pid: Option<u32>,
    /// When the program was last started.
    pub started_at: Option<Timestamp>,
    /// How often it was started again.
    pub restarts: u32,
    /// How it last ended.
    pub last_exit: Option<ExitReport>,
    /// Resident memory of the program and its children, when it can be read.
    pub memory: Option<Bytes>,
    /// Why the kernel does not keep its limits, when it has some and it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlimited: Option<String>,
    /// Where it is reached, when that is known only since it runs: on another machine, at a port that nobody chose before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Reach>,
}

/// Where something is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Its address.
    pub address: SocketAddr,
    /// The network it is on, as a file of network_namespaces(7); absent is this machine's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<PathBuf>,
}

impl From<SocketAddr> for Reach {
    fn from(address: SocketAddr) -> Self {
        Self { address, network: None }
    }
}

impl InstanceStatus {
    /// One of which no more is known than where it stands.
    pub fn new(spec: InstanceSpec, phase: InstancePhase) -> Self {
        Self {
            spec,
            phase,
            pid: None,
            started_at: None,
            restarts: 0,
            last_exit: None,
            memory: None,
            unlimited: None,
            elsewhere: None,
        }
    }

    /// Where it is reached from this machine; `None` when it listens to nobody or is not placed yet.
    pub fn reach(&self) -> Option<Reach> {
        let here = |port: Port| SocketAddr::from((Ipv4Addr::LOCALHOST, port.0)).into();
        self.elsewhere.clone().or_else(|| self.spec.port.map(here))
    }

    /// Whether it ended by itself since it was started. One for which an orchestrator looks for a place has not: it was
    /// never started, or its machine was lost.
    pub fn has_failed(&self) -> bool {
        let ended = match self.phase {
            InstancePhase::Running => false,
            // How it ended may be known only a moment later.
            InstancePhase::Waiting => self.last_exit.is_some() || self.started_at.is_some(),
            InstancePhase::Ended => true,
        };
        ended || self.restarts > 0
    }
}

/// Where an instance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InstancePhase {
    /// The program runs.
    Running,
    /// It waits to be started: again after it ended, or for the first time where an orchestrator still looks for a place.
    Waiting,
    /// It ended for good, or its supervisor is gone.
    Ended,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitReport {
    /// When.
    pub at: Timestamp,
    /// Exit code, when it ended by itself.
    pub code: Option<i32>,
    /// Signal, when it was ended by one.
    pub signal: Option<i32>,
    /// The kernel killed it for want of memory.
    pub out_of_memory: bool,
}

impl std::fmt::Display for ExitReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.out_of_memory, self.signal, self.code) {
            (true, _, _) => f.write_str("was killed for want of memory"),
            (false, Some(signal), _) => write!(f, "was ended by signal {signal}"),
            (false, None, Some(code)) => write!(f, "exited with code {code}"),
            (false, None, None) => f.write_str("ended"),
        }
    }
}
