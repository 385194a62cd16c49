//! What runs: the engine's look at the world, and the only knowledge of it that a plan is made of.

use crate::id::{DatastoreName, InstanceId, ReleaseId, Scope, ServiceName};
use crate::instance::InstanceStatus;
use crate::manifest::Target;
use crate::release::{Release, ReleaseView, Source};
use crate::routing::TrafficState;
use crate::unit::{Bytes, Port, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// The state of one scope at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// Which scope.
    pub scope: Scope,
    /// When it was looked at.
    pub at: Timestamp,
    /// The repository's state now; absent when there is none at hand (rollback, down).
    pub source: Option<Source>,
    /// Digest of all settings as they would resolve now.
    pub settings_digest: String,
    /// Every release of the scope, oldest first.
    pub releases: Vec<ReleaseView>,
    /// The release that serves.
    pub live: Option<LiveRelease>,
    /// Every instance of the scope, datastores included.
    pub instances: Vec<InstanceStatus>,
    /// What releases that served once lack to be started again, with where. Those that are complete are not in it.
    #[serde(default)]
    pub incomplete: BTreeMap<ReleaseId, String>,
    /// What the data plane says; absent when it does not run.
    pub traffic: Option<TrafficState>,
    /// Ports given to the public entry and the services' own addresses earlier; they stay.
    pub addresses: Addresses,
    /// The address at which containers reach this machine, on a network that is there or could be made; absent where
    /// instances are on the machine's own network.
    #[serde(default)]
    pub gateway: Option<Ipv4Addr>,
    /// Machines that instances may run on.
    #[serde(default = "one")]
    pub machines: u16,
    /// Ports that were free, lowest first, for new instances and addresses.
    pub free_ports: Vec<Port>,
    /// Preferred ports (of services and the entry) that something else has taken, with who if known.
    pub taken_ports: BTreeMap<u16, String>,
    /// Datastores that exist already.
    pub datastores: BTreeSet<DatastoreName>,
    /// Secrets that the vault holds, as `service/NAME`.
    pub secrets: BTreeSet<String>,
    /// Dependency layers that are there.
    pub layers: BTreeSet<String>,
    /// What the dependency layer of each service would be now, by its lock file.
    pub wanted_layers: BTreeMap<ServiceName, String>,
    /// Programs that were looked for, with what was found.
    pub tools: BTreeMap<String, Tool>,
    /// Files of migrations that the live release does not have: what a deploy would apply. None without a live release.
    pub new_migrations: Vec<MigrationFile>,
    /// Free space where releases are kept.
    pub disk_free: Bytes,
    /// Problems with settings, by what would be resolved now: complete messages.
    pub setting_problems: Vec<SettingProblem>,
}

const fn one() -> u16 {
    1
}

/// A file of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationFile {
    /// Relative to the repository's root.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// A program on the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Where; absent when it was not found.
    pub path: Option<String>,
    /// What it says its version is.
    pub version: Option<String>,
}

/// A setting that cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SettingProblem {
    /// The service that reads it.
    pub service: ServiceName,
    /// The variable.
    pub name: String,
    /// What is wrong, without the value.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// Where the code reads it.
    pub place: Option<crate::Place>,
}

/// The release that serves, and with which instances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveRelease {
    /// The release.
    pub release: Release,
    /// Since when.
    pub since: Timestamp,
    /// Its instances.
    pub instances: BTreeSet<InstanceId>,
}

/// Ports that were given once and stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// The public entry.
    pub entry: Option<Port>,
    /// Plain HTTP that is redirected to the public entry.
    #[serde(default)]
    pub http: Option<Port>,
    /// Each service's own address on this machine.
    pub services: BTreeMap<ServiceName, Port>,
    /// Each embedded datastore.
    pub datastores: BTreeMap<DatastoreName, Port>,
    /// The address at which containers reach this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Ipv4Addr>,
}

impl Addresses {
    /// All of them, the public entry first.
    pub fn ports(&self) -> impl Iterator<Item = Port> {
        let public = self.entry.into_iter().chain(self.http);
        public.chain(self.services.values().copied()).chain(self.datastores.values().copied())
    }
}

impl Observed {
    /// What a plan is based on: changes whenever the live release or the set of running instances does.
    pub fn basis(&self) -> Basis {
        let mut hash = Sha256::new();
        hash.update(self.scope.to_string());
        if let Some(live) = &self.live {
            hash.update(live.release.id.as_str());
        }
        let mut running: Vec<&str> = self.instances.iter().map(|status| status.spec.id.as_str()).collect();
        running.sort_unstable();
        for id in running {
            hash.update([0]);
            hash.update(id);
        }
        Basis(hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }

    /// What runs the scope.
    pub fn target(&self) -> Option<Target> {
        target(self.live.as_ref(), &self.releases)
    }

    /// A release by id.
    pub fn release(&self, id: &ReleaseId) -> Option<&ReleaseView> {
        self.releases.iter().find(|view| &view.release.id == id)
    }
}

/// What runs a scope: the live release's target, else that of the last one that was live.
pub fn target(live: Option<&LiveRelease>, releases: &[ReleaseView]) -> Option<Target> {
    let last = || releases.iter().max_by_key(|view| view.turn).map(|view| &view.release);
    let release = live.map(|live| &live.release).or_else(last)?;
    Some(release.manifest.environment.target)
}

/// A digest of what runs. A plan whose basis no longer holds is refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Basis(pub String);
