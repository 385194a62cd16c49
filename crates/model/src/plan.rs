//! Plans: every change to the world is a step of one.

use crate::finding::Finding;
use crate::id::{DatastoreName, InstanceId, ReleaseId, RunId, Scope, ServiceName, StepId};
use crate::manifest::{Migrations, Provider, WatchPolicy};
use crate::observed::Basis;
use crate::release::Release;
use crate::routing::RoutingTable;
use crate::unit::{Millis, Port};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::Ipv4Addr;

/// What someone wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "goal")]
pub enum Goal {
    /// Bring the project up: like a deploy, but nothing to do when the newest state already runs.
    Up,
    /// Make a release of the repository and let it go live.
    Deploy,
    /// Let an earlier release go live again.
    Rollback {
        /// Which; absent means the one before the live one.
        to: Option<ReleaseId>,
    },
    /// Let the live release run again after the machine was started.
    Boot,
    /// Stop everything of the environment; data stays.
    Down,
    /// Write files into the repository.
    Scaffold,
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Up => "up",
            Self::Deploy => "deploy",
            Self::Rollback { .. } => "rollback",
            Self::Boot => "boot",
            Self::Down => "down",
            Self::Scaffold => "scaffold",
        })
    }
}

/// A complete, immutable list of steps; no choice is left to whoever performs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What it is for.
    pub goal: Goal,
    /// Whose world it changes.
    pub scope: Scope,
    /// Its run, once performed.
    pub run: RunId,
    /// The look at the world it was made from.
    pub based_on: Basis,
    /// The release that is live when it is done.
    pub release: Option<Release>,
    /// The release that is live before.
    pub replaces: Option<ReleaseId>,
    /// In the order in which they are performed.
    pub steps: Vec<Step>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its number.
    pub id: StepId,
    /// The part of the transaction it belongs to.
    pub phase: Phase,
    /// What is done.
    pub action: Action,
    /// How it is taken back.
    pub undo: Undo,
    /// How long it may take.
    pub timeout: Millis,
}

/// The parts of a deploy, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Phase {
    Preflight,
    Provision,
    Build,
    Backup,
    Migrate,
    Start,
    Gate,
    Smoke,
    Shift,
    Watch,
    Record,
    Drain,
}

impl Phase {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Provision => "provision",
            Self::Build => "build",
            Self::Backup => "backup",
            Self::Migrate => "migrate",
            Self::Start => "start",
            Self::Gate => "gate",
            Self::Smoke => "smoke",
            Self::Shift => "shift",
            Self::Watch => "watch",
            Self::Record => "record",
            Self::Drain => "drain",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Everything that can be done to the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Action {
    /// Checks again, under the lock and right before the first change, what the plan took for granted.
    Preflight {
        /// Ports that must be free.
        ports: Vec<Port>,
    },
    /// Writes down the ports of the scope; they stay.
    Assign {
        /// All of them.
        addresses: crate::observed::Addresses,
    },
    /// Makes random secrets and puts them in the vault. Existing ones stay.
    GenerateSecrets {
        /// Which.
        secrets: Vec<SecretSlot>,
    },
    /// Makes sure that a datastore exists and runs.
    Provision {
        /// Which.
        datastore: DatastoreName,
        /// What.
        kind: crate::facts::DatastoreKind,
        /// Who provides it.
        provider: Provider,
        /// Where it listens.
        port: Port,
    },
    /// Makes sure that the network of the scope's containers is there.
    Network {
        /// This machine's address in it.
        gateway: Ipv4Addr,
    },
    /// Makes sure that the data plane runs.
    EnsureProxy,
    /// Copies the repository into the release's folder.
    Snapshot {
        /// The release.
        release: ReleaseId,
    },
    /// Puts a service's dependencies into the release, from the layer of the same lock file if there is one.
    Install {
        /// The release.
        release: ReleaseId,
        /// The services that share this layer.
        services: Vec<ServiceName>,
        /// The layer's name: a digest of lock file, package manager and runtime.
        layer: String,
        /// Whether the layer is there already.
        reuse: bool,
    },
    /// Builds a service in the release's folder.
    Build {
        /// The release.
        release: ReleaseId,
        /// The service.
        service: ServiceName,
    },
    /// Applies pending migrations, under a lock in the database.
    Migrate {
        /// The release whose migrations.
        release: ReleaseId,
        /// The service that has them.
        service: ServiceName,
        /// How.
        migrations: Migrations,
    },
    /// Starts an instance.
    Start {
        /// Its id.
        instance: InstanceId,
        /// The release.
        release: ReleaseId,
        /// The service.
        service: ServiceName,
        /// Where it shall listen; absent for workers.
        port: Option<Port>,
    },
    /// Hands a service of a release to an orchestrator, which runs so many instances of it where it finds room.
    Submit {
        /// The instances, all of one start.
        instances: Vec<InstanceId>,
        /// The release.
        release: ReleaseId,
        /// The service.
        service: ServiceName,
    },
    /// Takes what was submitted back from an orchestrator: it ends those instances.
    Withdraw {
        /// All instances of one start.
        instances: Vec<InstanceId>,
    },
    /// Waits until instances have answered so many consecutive checks, or (workers) have run for a moment without ending.
    Gate {
        /// The instances.
        instances: Vec<InstanceId>,
        /// Consecutive healthy answers.
        healthy: u16,
    },
    /// Asks every route of a service on a new instance directly: no answer may be a 5xx.
    Smoke {
        /// The service.
        service: ServiceName,
        /// One of its new instances.
        instance: InstanceId,
    },
    /// Puts a routing table in force. Its generation is set when it is performed.
    Route {
        /// The table.
        table: RoutingTable,
        /// Share of new requests that go to the new release afterwards, in percent.
        share: u8,
    },
    /// Watches the new release beside the old one's record.
    Watch {
        /// The new release.
        new: ReleaseId,
        /// The one before.
        old: Option<ReleaseId>,
        /// When it counts as worse.
        policy: WatchPolicy,
    },
    /// Waits until instances have no request in flight.
    Drain {
        /// The instances.
        instances: Vec<InstanceId>,
        /// Longest wait.
        limit: Millis,
    },
    /// Ends an instance: asks, waits, kills.
    Stop {
        /// Which.
        instance: InstanceId,
    },
    /// Stops a datastore; its data stays.
    StopDatastore {
        /// Which.
        datastore: DatastoreName,
    },
    /// Writes down that a release is live with these instances, or that none is.
    Record {
        /// The release.
        release: Option<ReleaseId>,
        /// Its instances.
        instances: Vec<InstanceId>,
    },
    /// Removes the folder of a release.
    RemoveRelease {
        /// Which.
        release: ReleaseId,
    },
    /// Takes the scope out of the data plane.
    Unroute,
    /// Writes files of the repository, or removes them.
    WriteFiles {
        /// Which.
        files: Vec<FileWrite>,
    },
}

/// A file of the repository that is written or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileWrite {
    /// Relative to the repository's root.
    pub path: String,
    /// The whole content; absent removes the file.
    pub content: Option<String>,
}

/// A secret that will be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SecretSlot {
    /// Whose.
    pub service: ServiceName,
    /// The variable.
    pub name: String,
    /// Number of random bytes.
    pub bytes: u16,
}

/// How a step is taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "undo")]
pub enum Undo {
    /// By another action.
    Action {
        /// The action.
        action: Box<Action>,
    },
    /// It changes nothing that matters, or what it leaves is wanted anyway.
    Nothing {
        /// Why.
        reason: String,
    },
    /// It ends the transaction: once it is done, a failure later is finished forward, not undone.
    Commit {
        /// Why there is no way back.
        reason: String,
    },
}

/// Why there is no plan: everything that is wrong, at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What was wanted.
    pub goal: Goal,
    /// Every reason.
    pub findings: Vec<Finding>,
}
