//! The swarm that `cargo xtask swarm` starts, for one test at a time.

use mainstay_tests::world::Client;
use std::env;
use std::fs::File;
use std::ops::Deref;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Longest that a swarm may take for anything: it counts in heartbeats and in monitored seconds.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A manager and a worker with nothing on them.
pub struct Rig {
    manager: Node,
    node: Node,
    /// Address of the registry, as images are named.
    pub registry: String,
    /// Network namespace of the manager.
    pub netns: String,
    cable: String,
    _turn: File,
}

/// The engine of a node.
pub struct Node(Client);

impl Rig {
    /// The swarm, cleared of what an earlier test left; `None` when there is none, which it says.
    pub fn find() -> Option<Self> {
        let told =
            |name: &str| env::var(format!("MAINSTAY_TEST_SWARM{name}")).ok().filter(|it| !it.is_empty());
        let Some(manager) = told("") else {
            println!("skipped: no swarm for tests; `cargo xtask swarm cargo nextest run swarm` starts one");
            return None;
        };
        let all = "`cargo xtask swarm` tells all of it";
        let rig = Self {
            manager: Node(Client { host: manager }),
            node: Node(Client { host: told("_NODE").expect(all) }),
            registry: told("_REGISTRY").expect(all),
            netns: told("_NETNS").expect(all),
            cable: told("_CABLE").expect(all),
            _turn: turn(),
        };
        rig.bring_back();
        rig.clear();
        Some(rig)
    }

    /// The engine whose API is the swarm's.
    pub fn manager(&self) -> &Node {
        &self.manager
    }

    /// The engine of the other node.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// A command that runs where the manager is: the addresses of nodes are reached from there, and loopback is its own.
    pub fn inside(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.netns]).arg(program.as_ref());
        command
    }

    /// Pulls the cable of the other node.
    pub fn lose_node(&self) {
        self.set_cable("down");
    }

    /// Puts it in again and waits until the node is there.
    pub fn bring_back(&self) {
        self.set_cable("up");
        wait("both nodes are ready", || self.states() == ["Ready", "Ready"]);
    }

    /// What the manager thinks of its nodes.
    pub fn states(&self) -> Vec<String> {
        self.manager.lines(&["node", "ls", "--format", "{{.Status}}"])
    }

    fn set_cable(&self, state: &str) {
        // A test may be in the manager's network; its process's first thread is where the cables are.
        let network = format!("--net=/proc/{}/ns/net", std::process::id());
        let set = [&network, "ip", "link", "set", &self.cable, state];
        let status = Command::new("nsenter").args(set).status();
        assert!(status.is_ok_and(|status| status.success()), "{} cannot be set {state}", self.cable);
    }

    /// Takes everything off the swarm. Images stay.
    fn clear(&self) {
        let manager = &self.manager;
        manager.remove_all(&["service", "ls", "--quiet"], &["service", "rm"]);
        let mine = ["ps", "--all", "--quiet"];
        for client in [&self.manager, &self.node] {
            // Swarm gives each its grace; nobody waits for it here.
            wait("no task is left", || {
                let left = client.lines(&mine);
                // One may be going anyway.
                let _going = client.command(&["rm", "--force", "--volumes"]).args(&left).output();
                left.is_empty()
            });
            client.remove_all(&["volume", "ls", "--quiet"], &["volume", "rm", "--force"]);
        }
        for kind in ["secret", "config"] {
            manager.remove_all(&[kind, "ls", "--quiet"], &[kind, "rm"]);
        }
        // Two parts of a swarm know of a network, and both have to forget its tasks first.
        let left = || {
            let list = ["network", "ls", "--filter", "driver=overlay", "--format", "{{.Name}}"];
            let mut names = manager.lines(&list);
            names.retain(|name| name != "ingress");
            names
        };
        let gone = within(PATIENCE / 4, || {
            for name in left() {
                let _in_use = manager.command(&["network", "rm", &name]).output();
            }
            left().is_empty()
        });
        if !gone {
            // Docker 20.10 may keep the attachment of a container that is gone. Every test has names of its own.
            println!("networks that the swarm does not let go of: {}", left().join(" "));
        }
        for id in manager.lines(&["node", "ls", "--quiet"]) {
            for label in manager.run(&["node", "inspect", "--format", LABELS, &id]).split_whitespace() {
                manager.run(&["node", "update", "--label-rm", label, &id]);
            }
            manager.run(&["node", "update", "--availability", "active", &id]);
        }
    }
}

/// The names of a node's labels.
const LABELS: &str = "{{range $name, $value := .Spec.Labels}}{{$name}} {{end}}";

impl Drop for Rig {
    fn drop(&mut self) {
        self.set_cable("up");
        // After a failure what is there would only fail again; the next test clears.
        if !std::thread::panicking() {
            self.bring_back();
            self.clear();
        }
    }
}

impl Node {
    /// Where other machines reach it.
    #[track_caller]
    pub fn address(&self) -> String {
        self.run(&["info", "--format", "{{.Swarm.NodeAddr}}"])
    }

    /// Ids of the containers that run here for a service.
    #[track_caller]
    pub fn tasks(&self, service: &str) -> Vec<String> {
        self.running(&[&format!("com.docker.swarm.service.name={service}")])
    }

    /// Ids of the containers that run here for a project of Mainstay's, but for its datastores.
    #[track_caller]
    pub fn instances(&self, project: &str) -> Vec<String> {
        self.running(&[&format!("dev.mainstay.project={project}"), "com.docker.swarm.task.id"])
    }
}

impl Deref for Node {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

/// Waits until something is so.
#[track_caller]
pub fn wait(what: &str, is_so: impl Fn() -> bool) {
    assert!(within(PATIENCE, is_so), "not within {PATIENCE:?}: {what}");
}

/// Whether it becomes so in time.
fn within(patience: Duration, is_so: impl Fn() -> bool) -> bool {
    let until = Instant::now() + patience;
    while !is_so() {
        if Instant::now() >= until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    true
}

/// There is one swarm, and tests are processes.
fn turn() -> File {
    let path = env::temp_dir().join("mainstay-tests-swarm.lock");
    let file =
        File::options().create(true).append(true).open(&path).expect("a temporary folder can be written");
    file.lock().expect("it can be locked");
    file
}
