//! The tasks of a service: where they are, whether they run, and how they ended.

use super::cluster::Nodes;
use crate::docker::client::{Client, query};
use crate::docker::inspect;
use crate::error::DriverError;
use host::process;
use model::instance::{ExitReport, InstancePhase, InstanceSpec, InstanceStatus, Reach};
use model::manifest::Publish;
use model::unit::{Bytes, Timestamp};
use serde::Deserialize;
use serde_json::json;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// The exit code of what was ended by SIGKILL.
const KILLED: i32 = 128 + 9;

/// A task as `GET /tasks` shows it, as far as it matters.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Task {
    #[serde(rename = "ID")]
    pub(super) id: String,
    #[serde(default)]
    created_at: String,
    #[serde(rename = "ServiceID", default)]
    pub(super) service: String,
    #[serde(default)]
    pub(super) slot: u16,
    #[serde(rename = "NodeID", default)]
    pub(super) node: String,
    #[serde(default)]
    networks_attachments: Option<Vec<Attached>>,
    #[serde(default)]
    desired_state: String,
    status: Status,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    #[serde(default)]
    timestamp: String,
    state: State,
    #[serde(default)]
    message: String,
    #[serde(default)]
    err: String,
    #[serde(default)]
    container_status: Option<ContainerStatus>,
    #[serde(default)]
    port_status: Option<PortStatus>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ContainerStatus {
    #[serde(rename = "ContainerID")]
    container: String,
    #[serde(rename = "PID")]
    pid: u32,
    exit_code: Option<i32>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct PortStatus {
    ports: Option<Vec<PortConfig>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PortConfig {
    #[serde(default)]
    published_port: u16,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    network: Network,
    #[serde(default)]
    addresses: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Network {
    #[serde(rename = "ID")]
    id: String,
}

/// What tells where tasks are reached.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) nodes: Nodes,
    /// Where some are reached on the scope's network, and there is a way into it.
    pub(super) overlay: Option<Overlay>,
}

/// The network of a scope, for tasks that are reached there.
#[derive(Debug)]
pub(super) struct Overlay {
    /// Its id.
    pub(super) id: String,
    /// This machine's way into it.
    pub(super) way: PathBuf,
}

/// Where a task stands ("Swarm task states" in Docker's documentation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    New,
    Allocated,
    Pending,
    Assigned,
    Accepted,
    Preparing,
    Ready,
    Starting,
    Running,
    Complete,
    Shutdown,
    Failed,
    Rejected,
    Remove,
    Orphaned,
}

impl Task {
    /// Whether Swarm wants it to run.
    fn is_wanted(&self) -> bool {
        matches!(self.desired_state.as_str(), "running" | "ready")
    }

    /// Whether there is, or may be, still something of it that runs.
    pub(super) fn is_over(&self) -> bool {
        match self.status.state {
            State::Complete
            | State::Shutdown
            | State::Failed
            | State::Rejected
            | State::Remove
            | State::Orphaned => true,
            // It has no node yet.
            State::New | State::Allocated | State::Pending => !self.is_wanted(),
            State::Assigned
            | State::Accepted
            | State::Preparing
            | State::Ready
            | State::Starting
            | State::Running => false,
        }
    }

    /// Whether it ended by itself. One that Swarm ended, or whose node was lost, did nothing wrong.
    fn has_failed(&self) -> bool {
        matches!(self.status.state, State::Complete | State::Failed | State::Rejected)
    }

    fn runs(&self) -> bool {
        self.status.state == State::Running && self.is_wanted()
    }

    /// Whether it has a container that may have written something.
    pub(super) fn has_output(&self) -> bool {
        self.status.container_status.as_ref().is_some_and(|status| !status.container.is_empty())
    }

    /// What Swarm says of it, unless it just runs.
    pub(super) fn words(&self) -> Option<String> {
        let Status { err, message, .. } = &self.status;
        match (err.as_str(), self.status.state) {
            ("", State::Running) => None,
            ("", _) => Some(message.clone()).filter(|message| !message.is_empty()),
            (err, _) => Some(err.to_owned()),
        }
    }

    /// When that was.
    pub(super) fn at(&self) -> Timestamp {
        inspect::moment(&self.status.timestamp).unwrap_or(Timestamp(0))
    }

    /// How it ended. Its node does not tell others why it was killed; when Swarm did not ask, and it had a limit, it was
    /// the kernel that kept the limit.
    fn exit(&self, limited: bool) -> ExitReport {
        let code = self.status.container_status.as_ref().and_then(|status| status.exit_code);
        match code {
            Some(code) => inspect::exit(self.at(), code, limited && code == KILLED),
            None => ExitReport { at: self.at(), code: None, signal: None, out_of_memory: false },
        }
    }

    /// What it has resident, when it is on this machine: only here its number leads to a process of its container.
    fn memory(&self) -> Option<Bytes> {
        let status = self.status.container_status.as_ref().filter(|_| self.has_output())?;
        process::in_group(status.pid, &status.container).then(|| process::memory(status.pid))
    }

    /// Where it is reached: at a port of its node, or at its own address on the network that `overlay` leads to.
    fn reach(&self, spec: &InstanceSpec, places: &Places) -> Option<Reach> {
        let image = spec.image.as_ref()?;
        match image.publish {
            Publish::Host => self.published(&places.nodes).map(Reach::from),
            Publish::Overlay => {
                let overlay = places.overlay.as_ref()?;
                let mut own = self.networks_attachments.iter().flatten();
                let attached = own.find(|attached| attached.network.id == overlay.id)?;
                // With the length of its prefix.
                let address: IpAddr = attached.addresses.first()?.split('/').next()?.parse().ok()?;
                let network = Some(overlay.way.clone());
                Some(Reach { address: SocketAddr::new(address, image.port?.0), network })
            }
        }
    }

    fn published(&self, nodes: &Nodes) -> Option<SocketAddr> {
        let port = self.status.port_status.as_ref()?.ports.as_ref()?.first()?.published_port;
        Some(SocketAddr::new(nodes.address(&self.node)?, port)).filter(|_| port != 0)
    }
}

/// The tasks of services, by their ids, oldest first.
///
/// # Errors
/// When the engine cannot be asked.
pub(super) fn list(client: &Client, services: &[&str]) -> Result<Vec<Task>, DriverError> {
    if services.is_empty() {
        return Ok(Vec::new());
    }
    let filters = json!({ "service": services }).to_string();
    let path = query("/tasks", &[("filters", &filters)]);
    let mut tasks: Vec<Task> = client.get(&path)?.done("list tasks")?.json()?;
    // Times are all in UTC and written alike, but for trailing zeros.
    tasks.sort_by_cached_key(|task| (task.slot, task.created_at.parse::<jiff::Timestamp>().ok()));
    Ok(tasks)
}

/// A task by id; `None` when the swarm has forgotten it.
///
/// # Errors
/// When the engine cannot be asked.
pub(super) fn one(client: &Client, id: &str) -> Result<Option<Task>, DriverError> {
    let reply = client.get(&format!("/tasks/{id}"))?.found("show a task")?;
    reply.map(|reply| reply.json()).transpose()
}

/// An instance by the tasks of its slot, oldest first.
pub(super) fn status(spec: InstanceSpec, tasks: &[&Task], places: &Places) -> InstanceStatus {
    let running = tasks.iter().rev().find(|task| task.runs());
    let limited = spec.limits.memory.is_some();
    let failed = || tasks.iter().filter(|task| task.has_failed());
    let elsewhere = running.and_then(|task| task.reach(&spec, places));
    // Swarm makes a task for every slot, a moment after it is told or the one before has ended.
    let phase = if running.is_some() { InstancePhase::Running } else { InstancePhase::Waiting };
    InstanceStatus {
        started_at: running.map(|task| task.at()),
        restarts: u32::try_from(failed().count()).unwrap_or(u32::MAX),
        last_exit: failed().next_back().map(|task| task.exit(limited)),
        memory: running.and_then(|task| task.memory()),
        elsewhere,
        ..InstanceStatus::new(spec, phase)
    }
}
