//! One of the swarm's two.

use super::{dying_with_us, folder, registry};
use crate::Failure;
use crate::docker::{self, Daemon};
use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;

/// The first; its API is the swarm's.
pub const MANAGER: Node = Node { number: 1 };
/// The one that gets lost.
pub const WORKER: Node = Node { number: 2 };
/// Both.
pub const NODES: [Node; 2] = [MANAGER, WORKER];

/// What a daemon needs to itself beside its network: names of sockets and of processes are in /run. `$1` is its name.
const INSIDE: &str = "hostname \"$1\" && shift && mount -t tmpfs tmpfs /run && exec dockerd \"$@\"";

/// A daemon and its surroundings, all of the same name.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    number: u8,
}

impl Node {
    /// Of its host, its network, its cable and its control groups.
    pub fn name(self) -> String {
        format!("ms-swarm-{}", self.number)
    }

    /// At the bridge.
    pub fn address(self) -> Ipv4Addr {
        let [first, second, third, _] = super::network::BRIDGE_ADDRESS.octets();
        Ipv4Addr::new(first, second, third, 10 + self.number)
    }

    pub fn folder(self) -> PathBuf {
        folder().join(self.number.to_string())
    }

    /// As `DOCKER_HOST` has it.
    pub fn host(self) -> String {
        docker::host(&self.folder())
    }

    /// Docker's own client.
    pub fn docker(self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(["--host", &self.host()]).args(arguments);
        command
    }

    /// Starts its daemon, which knows nothing of an earlier swarm.
    pub fn spawn(self) -> Result<Daemon, Failure> {
        let folder = self.folder();
        let failed = |error| Failure::new(format!("{}: {error}", folder.display()));
        fs::create_dir_all(&folder).map_err(failed)?;
        let state = folder.join("data/swarm");
        if state.exists() {
            fs::remove_dir_all(&state).map_err(failed)?;
        }
        let mut command = dying_with_us("nsenter");
        command.arg(format!("--net=/run/netns/{}", self.name()));
        command.args(["unshare", "--mount", "--propagation=slave", "--uts", "sh", "-c", INSIDE, "sh"]);
        command.arg(self.name());
        command.args(["--exec-root", "/run/docker", "--shutdown-timeout", "2"]);
        // The same with and without an init system.
        command.args(["--exec-opt", "native.cgroupdriver=cgroupfs"]);
        command.arg(format!("--cgroup-parent=/{}", self.name()));
        command.arg(format!("--insecure-registry={}", registry()));
        Daemon::spawn(command, &folder)
    }
}
