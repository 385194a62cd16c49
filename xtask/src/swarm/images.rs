//! Base images, which nodes have because no registry of the world can be asked.

use super::node::Node;
use crate::Failure;
use crate::docker::Engine;
use crate::process::capture;
use std::process::{Command, Stdio};

/// Names that `tests/images/build.sh` gives.
const IMAGES: [&str; 9] = [
    "node:20-bookworm-slim",
    "node:22-bookworm-slim",
    "python:3.11-slim",
    "python:3.11-slim-bookworm",
    "postgres:15",
    "postgres:15-bookworm",
    "redis:7",
    "redis:7-bookworm",
    "nginxinc/nginx-unprivileged:stable-alpine",
];

/// Copies from the tests' engine what a node does not have, or has in another state.
pub fn bring(engine: &Engine, node: Node) -> Result<(), Failure> {
    let host = engine.host();
    let missing: Vec<&str> =
        IMAGES.into_iter().filter(|image| id(&host, image) != id(&node.host(), image)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("{}: {}", node.name(), missing.join(", "));
    let failed = |error: std::io::Error| Failure::new(format!("images cannot be copied: {error}"));
    let mut save = Command::new("docker");
    save.args(["--host", &host, "save"]).args(&missing).stdout(Stdio::piped());
    let mut save = save.spawn().map_err(failed)?;
    let stream = save.stdout.take().map_or_else(Stdio::null, Stdio::from);
    let loaded =
        node.docker(&["load", "--quiet"]).stdin(stream).stdout(Stdio::null()).status().map_err(failed);
    let saved = save.wait().map_err(failed)?;
    if saved.success() && loaded?.success() {
        return Ok(());
    }
    Err(Failure::new(format!("{} could not be copied to {}", missing.join(", "), node.name())))
}

fn id(host: &str, image: &str) -> Option<String> {
    let words = ["--host", host, "image", "inspect", "--format", "{{.Id}}", image];
    capture(Command::new("docker").args(words)).ok()
}
