//! Taking away what an earlier swarm left: one that was killed had no time to.

use super::network;
use super::node::{NODES, Node};
use crate::Failure;
use crate::docker;
use crate::process::capture;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Of builds.
const KEPT: &str = "4GB";

/// Everything but the folders.
pub fn everything() -> Result<(), Failure> {
    for node in NODES {
        end_daemon(node);
    }
    processes();
    network::remove();
    let left: Vec<u32> = NODES.into_iter().flat_map(left).collect();
    if left.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("processes of an earlier swarm cannot be ended: {left:?}")))
}

/// Kills what is left in the nodes' networks and in their control groups.
pub fn processes() {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let left: BTreeSet<u32> = NODES.into_iter().flat_map(left).collect();
        if left.is_empty() || Instant::now() > until {
            return;
        }
        for pid in left {
            send("-KILL", pid);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// What an earlier swarm left on an engine, and images that tests made: only base images stay.
pub fn engine(node: Node) -> Result<(), Failure> {
    for (list, remove) in [
        (&["container", "ls", "--all", "--quiet"][..], &["container", "rm", "--force", "--volumes"][..]),
        (&["volume", "ls", "--quiet"], &["volume", "rm", "--force"]),
    ] {
        let found = capture(&mut node.docker(list))?;
        let found: BTreeSet<&str> = found.split_whitespace().collect();
        if !found.is_empty() {
            capture(node.docker(remove).args(found))?;
        }
    }
    let list = ["image", "ls", "--quiet", "--filter", "label=dev.mainstay.project"];
    let found = capture(&mut node.docker(&list))?;
    for image in found.split_whitespace().collect::<BTreeSet<&str>>() {
        // One that others were made from goes at a later start, when they are gone; images only take room.
        let _kept = capture(node.docker(&["image", "rm", "--force"]).arg(image));
    }
    for kind in ["network", "image"] {
        capture(&mut node.docker(&[kind, "prune", "--force"]))?;
    }
    // The newest builds stay: what a test builds is mostly what it built the last time.
    capture(&mut node.docker(&["builder", "prune", "--force", "--keep-storage", KEPT])).map(drop)
}

/// It may be ending just now, because the one that started it was killed.
fn end_daemon(node: Node) {
    let text = fs::read_to_string(docker::pid_file(&node.folder())).unwrap_or_default();
    let Ok(pid) = text.trim().parse::<u32>() else { return };
    let ours = || {
        let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&words).split('\0').any(|word| word == node.host())
    };
    if ours() {
        send("-TERM", pid);
    }
    let until = Instant::now() + Duration::from_secs(5);
    while ours() && Instant::now() < until {
        thread::sleep(Duration::from_millis(100));
    }
}

/// What lives in a node's network, and what its containers run.
fn left(node: Node) -> Vec<u32> {
    let name = node.name();
    let inside = if Path::new("/run/netns").join(&name).exists() {
        capture(Command::new("ip").args(["netns", "pids", &name])).unwrap_or_default()
    } else {
        String::new()
    };
    let mut found: Vec<u32> = inside.split_whitespace().filter_map(|pid| pid.parse().ok()).collect();
    let group = format!(":/{name}/");
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let groups = fs::read_to_string(entry.path().join("cgroup")).unwrap_or_default();
        // Of what has ended and was not yet looked for by its parent nothing is left.
        let ended = fs::read_link(entry.path().join("exe")).is_err();
        if groups.contains(&group) && !ended {
            found.push(pid);
        }
    }
    found
}

fn send(signal: &str, pid: u32) {
    // One that has ended meanwhile is no concern.
    let _gone = Command::new("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()).status();
}
