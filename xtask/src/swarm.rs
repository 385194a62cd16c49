//! A Docker Swarm of two nodes on one machine, for tests: two daemons, each in a network of its own with a cable to the same
//! bridge, and a registry at that bridge. Pulling a cable loses a node.
//!
//! What a swarm knows is forgotten with each start; images stay with the engines, so that they are brought once.

mod clear;
mod images;
mod network;
mod node;

use crate::Failure;
use crate::docker::{self, Engine};
use crate::process::{self, Server, capture, is_root, is_there};
use network::Network;
use node::{MANAGER, NODES, Node, WORKER};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

/// Not the one that the package's own server takes where there is an init system to start it.
const REGISTRY_PORT: u16 = 5077;
/// Networks of services are cut from it: none of what Docker takes by itself, and no usual office's.
const POOL: &str = "10.78.0.0/16";
/// A node that misses three of these is lost.
const HEARTBEAT: &str = "3s";

/// A swarm that runs; ours is ended when it is let go.
pub struct Swarm {
    _parts: Option<Parts>,
}

/// They end in this order.
struct Parts {
    _nodes: Vec<docker::Daemon>,
    _registry: Server,
    _network: Network,
}

impl Swarm {
    /// Starts one, or takes the one that runs already, and brings what images of the tests' engine are missing.
    ///
    /// # Errors
    /// Why there is none.
    pub fn start(engine: &Engine) -> Result<Self, Failure> {
        if !is_root() {
            return Err(Failure::new("a swarm for tests can only be started as root"));
        }
        for program in ["dockerd", "docker-registry", "ip", "iptables", "nsenter", "unshare", "setpriv"] {
            if !is_there(program) {
                return Err(Failure::new(format!("{program} is missing; `cargo xtask setup` installs it")));
            }
        }
        let runs = NODES.iter().all(|node| docker::answers(&node.folder()));
        let swarm = Self { _parts: if runs { None } else { Some(launch()?) } };
        for node in NODES {
            images::bring(engine, node)?;
        }
        Ok(swarm)
    }

    /// Tells a command where it is.
    pub fn tell(&self, command: &mut Command) {
        command
            .env("MAINSTAY_TEST_SWARM", MANAGER.host())
            .env("MAINSTAY_TEST_SWARM_NODE", WORKER.host())
            .env("MAINSTAY_TEST_SWARM_NETNS", MANAGER.name())
            .env("MAINSTAY_TEST_SWARM_CABLE", WORKER.name())
            .env("MAINSTAY_TEST_SWARM_REGISTRY", registry().to_string());
    }
}

/// Runs a command with a swarm.
///
/// # Errors
/// When there is none, or the command cannot be started.
pub fn run(words: &[&str]) -> Result<bool, Failure> {
    let engine = Engine::start()?;
    let swarm = Swarm::start(&engine)?;
    let mut command = process::given(words)?;
    command.env("DOCKER_HOST", engine.host());
    engine.tell(&mut command);
    swarm.tell(&mut command);
    Ok(process::status(&mut command)?.success())
}

fn folder() -> PathBuf {
    docker::folder().join("swarm")
}

/// As services and nodes name it.
fn registry() -> SocketAddr {
    SocketAddr::from((network::BRIDGE_ADDRESS, REGISTRY_PORT))
}

fn launch() -> Result<Parts, Failure> {
    clear::everything()?;
    let network = Network::make()?;
    let registry = start_registry()?;
    let nodes = NODES.map(Node::spawn).into_iter().collect::<Result<Vec<_>, _>>()?;
    let nodes = nodes.into_iter().map(docker::Daemon::wait).collect::<Result<Vec<_>, _>>()?;
    for node in NODES {
        clear::engine(node)?;
    }
    let advertise = MANAGER.address().to_string();
    let mut begin = MANAGER.docker(&["swarm", "init", "--advertise-addr", &advertise]);
    begin.args(["--default-addr-pool", POOL, "--default-addr-pool-mask-length", "24"]);
    capture(begin.args(["--dispatcher-heartbeat", HEARTBEAT]))?;
    let token = capture(&mut MANAGER.docker(&["swarm", "join-token", "--quiet", "worker"]))?;
    let manager = format!("{advertise}:2377");
    let advertise = WORKER.address().to_string();
    let mut join = WORKER.docker(&["swarm", "join", "--advertise-addr", &advertise]);
    capture(join.args(["--token", token.trim(), &manager]))?;
    // A worker whose manager has gone first looks for it for a while.
    let nodes = nodes.into_iter().rev().collect();
    Ok(Parts { _nodes: nodes, _registry: registry, _network: network })
}

fn start_registry() -> Result<Server, Failure> {
    let (settings, data) = (folder().join("registry.yml"), folder().join("registry"));
    let log = folder().join("registry.log");
    let failed = |error: io::Error| Failure::new(format!("{}: {error}", settings.display()));
    let text = format!(
        "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"{}\"}}\n",
        data.display(),
        registry()
    );
    fs::write(&settings, text).map_err(failed)?;
    let log = fs::File::create(log).map_err(failed)?;
    let mut command = dying_with_us("docker-registry");
    command.arg("serve").arg(&settings).stdout(log.try_clone().map_err(failed)?).stderr(log);
    Server::start_at("the registry", &mut command, registry())
}

/// A program that is asked to end when we are killed: nobody else would.
fn dying_with_us(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig=TERM", program]);
    command
}
