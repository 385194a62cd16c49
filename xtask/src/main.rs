//! `cargo xtask`: what is done with this repository, and not by the product.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for a terminal")]

mod budget;
mod demo;
mod docker;
mod finding;
mod layers;
mod lint;
mod process;
mod reference;
mod setup;
mod source;
mod swarm;
mod test;
mod workspace;

use std::fmt;
use std::process::{Command, ExitCode};

const USAGE: &str = "\
cargo xtask COMMAND

  docker COMMAND...     a command with a Docker Engine for tests (MAINSTAY_TEST_DOCKER, DOCKER_HOST)
  swarm COMMAND...      a command with a swarm of two nodes for tests (MAINSTAY_TEST_SWARM...), and that engine
  demo                  from nothing to the running example, with what is missing installed first
  test [FILTER]         every test there is
  lint                  format, clippy, layers, budget, generated references
  layers                who may use what
  budget                sizes of files, functions and traits
  reference [--check]   write docs/reference, or say where it is out of date
  setup [--check]       install what tests and the demo need, or say what is missing
  bench [ARGUMENT...]   the benchmarks";

/// Why a command failed: printed once, by `main`.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn bench(arguments: &[&str]) -> Result<bool, Failure> {
    let mut command = Command::new("cargo");
    command.args(["run", "--release", "--package", "mainstay-bench", "--"]).args(arguments);
    Ok(process::status(command.current_dir(workspace::root()))?.success())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["layers"] => layers::run(),
        ["budget"] => budget::run(),
        ["lint"] => lint::run(),
        ["reference"] => reference::run(false),
        ["reference", "--check"] => reference::run(true),
        ["setup"] => setup::run(setup::Whom::Tests, false),
        ["setup", "--check"] => setup::run(setup::Whom::Tests, true),
        ["docker", words @ ..] => docker::run(words),
        ["swarm", words @ ..] => swarm::run(words),
        ["demo"] => demo::run(),
        ["test"] => test::run(None),
        ["test", filter] => test::run(Some(filter)),
        ["bench", arguments @ ..] => bench(arguments),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
