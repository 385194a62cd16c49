//! A bridge, and for each node a network of its own with a cable to it. From there the way leads on as from this machine: what
//! is built on a node is installed from where this machine's own builds install it.

use super::node::{NODES, Node};
use crate::Failure;
use crate::process::capture;
use std::net::Ipv4Addr;
use std::process::Command;

/// Of the bridge in the machine's own network; the registry is here.
pub const BRIDGE_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
const BRIDGE: &str = "ms-swarm";
/// What the machine's own network lets through and who answers for it, by table and chain. A daemon there forwards, and lets
/// nothing through that it does not know.
const RULES: [&[&str]; 3] = [
    &["filter", "FORWARD", "-i", BRIDGE, "-j", "ACCEPT"],
    &[
        "filter",
        "FORWARD",
        "-o",
        BRIDGE,
        "-m",
        "conntrack",
        "--ctstate",
        "RELATED,ESTABLISHED",
        "-j",
        "ACCEPT",
    ],
    &["nat", "POSTROUTING", "-s", "10.77.0.0/24", "!", "-o", BRIDGE, "-j", "MASQUERADE"],
];

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
        for rule in RULES {
            capture(&mut iptables("-I", rule))?;
        }
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
    for rule in RULES {
        while capture(&mut iptables("-D", rule)).is_ok() {}
    }
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
    ip(&["-n", &name, "route", "add", "default", "via", &BRIDGE_ADDRESS.to_string()])
}

fn ip(arguments: &[&str]) -> Result<(), Failure> {
    capture(Command::new("ip").args(arguments)).map(drop)
}

fn iptables(action: &str, rule: &[&str]) -> Command {
    let mut command = Command::new("iptables");
    let (place, what) = rule.split_at(2);
    command.args(["--wait", "--table", place[0], action, place[1]]).args(what);
    command
}
