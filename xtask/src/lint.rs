//! Everything that is wrong without running a test. All of it is said, not only the first.

use crate::{Failure, budget, layers, reference, workspace};
use std::process::Command;

/// Runs every check.
///
/// # Errors
/// When a check cannot be made.
pub fn run() -> Result<bool, Failure> {
    let format = cargo(&["fmt", "--all", "--check"], "rustfmt")?;
    let clippy =
        cargo(&["clippy", "--workspace", "--all-targets", "--keep-going", "--", "-D", "warnings"], "clippy")?;
    let layers = layers::run()?;
    let budget = budget::run()?;
    let reference = reference::run(true)?;
    let failed: Vec<&str> = [
        (format, "format: run `cargo fmt`"),
        (clippy, "clippy"),
        (layers, "layers"),
        (budget, "budget"),
        (reference, "reference: run `cargo xtask reference`"),
    ]
    .into_iter()
    .filter(|(good, _)| !good)
    .map(|(_, what)| what)
    .collect();
    for what in &failed {
        println!("failed: {what}");
    }
    println!("lint: {} of 5 checks failed", failed.len());
    Ok(failed.is_empty())
}

fn cargo(arguments: &[&str], component: &str) -> Result<bool, Failure> {
    let status = Command::new("cargo").args(arguments).current_dir(workspace::root()).status();
    let status = status.map_err(|error| {
        Failure::new(format!("cargo cannot be started: {error}; `rustup component add {component}` may help"))
    })?;
    Ok(status.success())
}
