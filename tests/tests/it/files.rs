//! What `mainstay generate` writes for the reference systems, judged by the tools that read such files.

mod audit;
mod dashboards;
mod deploy_steps;
mod kubernetes;
mod monitoring;
mod pins;
mod platforms;
mod workflows;

use mainstay_tests::example;
use mainstay_tests::world::World;
use std::process::{Command, Output};

/// The reference systems.
const EXAMPLES: [&str; 5] = ["brainstorm", "procurement", "saas-starter", "together-pray", "vaultcpa"];

/// An example with the files of these families, separated by commas.
fn generated(name: &str, families: &str) -> World {
    let world = World::new(name);
    example::copy(name, &world.repo);
    world.mainstay(&["generate", "--only", families, "--yes"]).exits(0);
    world
}

/// A linter from the environment that `cargo xtask setup` makes; `None` where there is none.
fn linter(name: &str) -> Option<Command> {
    let test = std::env::current_exe().expect("a test has an executable");
    let target = test.ancestors().nth(3).expect("it lies in target/<profile>/deps");
    let program = target.join("xtask/linters/bin").join(name);
    found(name, program.is_file()).then(|| Command::new(program))
}

/// A program of this machine; `None` where there is none.
fn program(name: &str) -> Option<Command> {
    let runs = Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    found(name, runs).then(|| Command::new(name))
}

fn found(name: &str, is_there: bool) -> bool {
    if !is_there {
        println!("skipped: {name} is not installed; `cargo xtask setup` installs it");
    }
    is_there
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
