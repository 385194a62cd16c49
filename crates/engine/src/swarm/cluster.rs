//! The swarm itself: whether this machine manages one, its nodes and where they are.

use crate::docker::client::{Client, failed};
use crate::docker::inspect::{self, Swarm};
use crate::error::DriverError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Node {
    #[serde(rename = "ID")]
    id: String,
    spec: NodeSpec,
    status: NodeStatus,
    #[serde(default)]
    manager_status: Option<ManagerStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NodeSpec {
    #[serde(default)]
    availability: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NodeStatus {
    #[serde(default)]
    state: String,
    #[serde(default)]
    addr: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ManagerStatus {
    #[serde(default)]
    addr: String,
}

/// Where the nodes of a swarm are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Nodes {
    addresses: BTreeMap<String, Option<IpAddr>>,
    ready: Vec<String>,
}

impl Nodes {
    /// The address of a node by id.
    pub(super) fn address(&self, id: &str) -> Option<IpAddr> {
        self.addresses.get(id).copied().flatten()
    }

    /// Whether a node answers its managers.
    pub(super) fn is_ready(&self, id: &str) -> bool {
        self.ready.iter().any(|known| known == id)
    }
}

/// This manager of the swarm.
fn about(client: &Client) -> Result<Swarm, DriverError> {
    let about = inspect::swarm(client)?;
    if about.control_available {
        return Ok(about);
    }
    let (problem, advice) = match about.local_node_state.as_str() {
        "active" => (
            "the Docker Engine is a worker of a swarm, and only managers take orders",
            "run Mainstay on a manager, or promote this node there: `docker node promote NAME`",
        ),
        "locked" => ("the swarm of the Docker Engine is locked", "unlock it: `docker swarm unlock`"),
        _ => (
            "the Docker Engine is not in a swarm",
            "make one: `docker swarm init` (and on further machines `docker swarm join`); or use the target `docker`",
        ),
    };
    Err(failed(problem).advise(advice))
}

/// The address of this machine in the swarm.
///
/// # Errors
/// When it manages none, or has no address of version 4.
pub(super) fn address(client: &Client) -> Result<Ipv4Addr, DriverError> {
    let about = about(client)?;
    about.node_addr.parse().map_err(|_| {
        failed(format!("this node's address in the swarm is {}, which is not of IPv4", about.node_addr))
            .advise("`docker swarm init --advertise-addr` with an IPv4 address of this machine")
    })
}

/// The number of nodes that take tasks.
///
/// # Errors
/// When this machine manages no swarm.
pub(super) fn machines(client: &Client) -> Result<u16, DriverError> {
    about(client)?;
    let open = list(client)?.into_iter().filter(|node| node.spec.availability == "active").count();
    Ok(u16::try_from(open).unwrap_or(u16::MAX))
}

/// The nodes.
///
/// # Errors
/// When this machine manages no swarm.
pub(super) fn nodes(client: &Client) -> Result<Nodes, DriverError> {
    let about = about(client)?;
    let all = list(client)?;
    let ready = all.iter().filter(|node| node.status.state == "ready").map(|node| node.id.clone()).collect();
    let own = |node: &Node| (node.id == about.node_id).then(|| about.node_addr.parse().ok()).flatten();
    let addresses = all.iter().map(|node| (node.id.clone(), own(node).or_else(|| reached(node)))).collect();
    Ok(Nodes { addresses, ready })
}

fn list(client: &Client) -> Result<Vec<Node>, DriverError> {
    client.get("/nodes")?.done("list nodes")?.json()
}

/// Where a node is reached. A manager that made the swarm may know itself as 0.0.0.0 only; its other address names it.
fn reached(node: &Node) -> Option<IpAddr> {
    let usable = |address: &IpAddr| !address.is_unspecified() && !address.is_loopback();
    let manager = || Some(node.manager_status.as_ref()?.addr.parse::<SocketAddr>().ok()?.ip());
    node.status.addr.parse().ok().filter(usable).or_else(manager)
}
