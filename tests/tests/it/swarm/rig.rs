//! The swarm that `cargo xtask swarm` starts, for one test at a time.

use std::env;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Longest that a swarm may take for anything: it counts in heartbeats and in monitored seconds.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A manager and a worker with nothing on them.
pub struct Rig {
    manager: Client,
    node: Client,
    /// Address of the registry, as images are named.
    pub registry: String,
    /// Network namespace of the manager.
    pub netns: String,
    cable: String,
    _turn: File,
}

/// Docker's own client.
#[derive(Debug, Clone)]
pub struct Client {
    /// As `DOCKER_HOST` has it.
    pub host: String,
}

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
            manager: Client { host: manager },
            node: Client { host: told("_NODE").expect(all) },
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
    pub fn manager(&self) -> &Client {
        &self.manager
    }

    /// The engine of the other node.
    pub fn node(&self) -> &Client {
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
                client.try_remove_all(&mine, &["rm", "--force", "--volumes"]);
                client.lines(&mine).is_empty()
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
        wait("no network is left", || {
            for name in left() {
                let _in_use = manager.command(&["network", "rm", &name]).output();
            }
            left().is_empty()
        });
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

impl Client {
    /// A command of Debian's client where it is: that is the oldest.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let debian = Path::new("/usr/bin/docker");
        let mut command = Command::new(if debian.exists() { debian } else { Path::new("docker") });
        command.env("DOCKER_HOST", &self.host).args(arguments);
        command
    }

    /// Runs it to its end; returns what it wrote.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("docker's client is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// What it wrote, line by line.
    #[track_caller]
    pub fn lines(&self, arguments: &[&str]) -> Vec<String> {
        self.run(arguments).lines().map(str::to_owned).collect()
    }

    /// Where other machines reach it.
    #[track_caller]
    pub fn address(&self) -> String {
        self.run(&["info", "--format", "{{.Swarm.NodeAddr}}"])
    }

    /// Ids of the containers that run on this node for a service.
    #[track_caller]
    pub fn tasks(&self, service: &str) -> Vec<String> {
        let filter = format!("label=com.docker.swarm.service.name={service}");
        self.lines(&["ps", "--quiet", "--no-trunc", "--filter", &filter])
    }

    /// Ids of the containers that run on this node for a project of Mainstay's, but for its datastores.
    #[track_caller]
    pub fn instances(&self, project: &str) -> Vec<String> {
        let filter = format!("label=dev.mainstay.project={project}");
        let tasks = "label=com.docker.swarm.task.id";
        self.lines(&["ps", "--quiet", "--no-trunc", "--filter", &filter, "--filter", tasks])
    }

    #[track_caller]
    fn remove_all(&self, list: &[&str], remove: &[&str]) {
        let found = self.lines(list);
        if !found.is_empty() {
            self.run(&[remove, &found.iter().map(String::as_str).collect::<Vec<_>>()].concat());
        }
    }

    /// The same for what may be going anyway.
    fn try_remove_all(&self, list: &[&str], remove: &[&str]) {
        let found = self.lines(list);
        if !found.is_empty() {
            let _going = self.command(remove).args(found).output();
        }
    }
}

/// Waits until something is so.
#[track_caller]
pub fn wait(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// There is one swarm, and tests are processes.
fn turn() -> File {
    let path = env::temp_dir().join("mainstay-tests-swarm.lock");
    let file =
        File::options().create(true).append(true).open(&path).expect("a temporary folder can be written");
    file.lock().expect("it can be locked");
    file
}
