//! A bridge, and for each node a network of its own with a cable to it. Nothing leads further: what a node does not find at
//! the registry it does not look for in the world.

use super::node::{NODES, Node};
use crate::Failure;
use crate::process::capture;
use std::net::Ipv4Addr;
use std::process::Command;

/// Of the bridge in the machine's own network; the registry is here.
pub const BRIDGE_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
const BRIDGE: &str = "ms-swarm";

/// It is there until it is let go.
pub struct Network;

impl Network {
    /// Lays all of it.
    pub fn make() -> Result<Self, Failure> {
        // From here on what was made is taken away again when a later command fails.
        let network = Self;
        ip(&["link", "add", BRIDGE, "type", "bridge"])?;
        ip(&["address", "add", &format!("{BRIDGE_ADDRESS}/24"), "dev", BRIDGE])?;
        ip(&["link", "set", BRIDGE, "up"])?;
        // A daemon in the machine's own network lets nothing through that it does not know.
        capture(&mut rule("-I"))?;
        for node in NODES {
            connect(node)?;
        }
        Ok(network)
    }
}

/// Takes away what is there of it.
pub fn remove() {
    for node in NODES {
        let _absent = ip(&["netns", "delete", &node.name()]);
        let _absent = ip(&["link", "delete", &node.name()]);
    }
    let _absent = ip(&["link", "delete", BRIDGE]);
    while capture(&mut rule("-D")).is_ok() {}
}

impl Drop for Network {
    fn drop(&mut self) {
        super::clear::processes();
        remove();
    }
}

fn connect(node: Node) -> Result<(), Failure> {
    let name = node.name();
    ip(&["netns", "add", &name])?;
    ip(&["link", "add", &name, "type", "veth", "peer", "name", "eth0", "netns", &name])?;
    ip(&["link", "set", &name, "master", BRIDGE, "up"])?;
    ip(&["-n", &name, "address", "add", &format!("{}/24", node.address()), "dev", "eth0"])?;
    for device in ["eth0", "lo"] {
        ip(&["-n", &name, "link", "set", device, "up"])?;
    }
    Ok(())
}

fn ip(arguments: &[&str]) -> Result<(), Failure> {
    capture(Command::new("ip").args(arguments)).map(drop)
}

fn rule(action: &str) -> Command {
    let mut command = Command::new("iptables");
    command.args(["--wait", action, "FORWARD", "-i", BRIDGE, "-o", BRIDGE, "-j", "ACCEPT"]);
    command
}
