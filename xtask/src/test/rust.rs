//! The tests of the workspace.

use super::engines::Engines;
use super::junit;
use super::tally::{self, Counts, Tally};
use crate::process::{self, follow, status};
use crate::{Failure, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles everything once and returns the program `mainstay`.
pub fn build() -> Result<PathBuf, Failure> {
    // All targets: the same features, and so the same artifacts, as the tests are linked with.
    process::run(cargo().args(["build", "--workspace", "--all-targets"]))?;
    let binary = workspace::target().join("debug/mainstay");
    if binary.is_file() {
        return Ok(binary);
    }
    Err(Failure::new(format!("{} was not built; is the binary of mainstay-cli renamed?", binary.display())))
}

/// Runs the tests whose name contains the filter, and the examples in documentation.
pub fn run(filter: Option<&str>, binary: &Path) -> Result<Tally, Failure> {
    let engines = Engines::start();
    let nextest = process::capture(cargo().args(["nextest", "--version"])).is_ok();
    let mut tally =
        if nextest { with_nextest(filter, binary, &engines)? } else { with_cargo(filter, binary, &engines)? };
    if nextest {
        let mut command = cargo();
        command.args(["test", "--workspace", "--doc", "--no-fail-fast", "--quiet"]).args(filter);
        let (status, output) = follow(&mut command)?;
        let counts = tally::libtest(&output).unwrap_or_default();
        if counts != Counts::default() || !status.success() {
            tally.add(Tally::of_suite("documentation", Some(counts), status.success()));
        }
    }
    if filter.is_none() {
        for (place, why) in ignored()? {
            tally.skip(format!("{place}: ignored: {why}"));
        }
    }
    Ok(tally)
}

fn with_nextest(filter: Option<&str>, binary: &Path, engines: &Engines) -> Result<Tally, Failure> {
    let report = workspace::target().join("nextest/default/junit.xml");
    // A report of an earlier run must not be counted.
    let _ = fs::remove_file(&report);
    let mut command = cargo();
    command.args(["nextest", "run", "--workspace", "--no-tests=pass"]).args(filter);
    engines.tell(&mut command);
    let status = status(command.env("MAINSTAY_BINARY", binary))?;
    let mut tally = junit::read(&fs::read_to_string(&report).unwrap_or_default());
    if !status.success() && tally.failed == 0 {
        tally.fail(format!("{}: ended with {status}", process::shown(&command)));
    }
    Ok(tally)
}

fn with_cargo(filter: Option<&str>, binary: &Path, engines: &Engines) -> Result<Tally, Failure> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).args(filter).args(["--", "--show-output"]);
    engines.tell(&mut command);
    let (status, output) = follow(command.env("MAINSTAY_BINARY", binary))?;
    // Ignored ones are counted from the sources, with their reasons.
    let counts = tally::libtest(&output).map(|counts| Counts { skipped: 0, ..counts });
    let mut tally = Tally::of_suite("cargo test", counts, status.success());
    for why in output.lines().filter_map(|line| line.strip_prefix("skipped: ")) {
        tally.passed = tally.passed.saturating_sub(1);
        tally.skip(why);
    }
    Ok(tally)
}

/// Where tests are marked `#[ignore]`, and why.
fn ignored() -> Result<Vec<(String, String)>, Failure> {
    let workspace = workspace::read()?;
    let sources = workspace.crates.iter().flat_map(|package| &package.sources);
    let found = sources.flat_map(|source| {
        let place = source.path.display();
        source
            .ignored()
            .into_iter()
            .map(move |test| (format!("{place}:{} {}", test.line, test.name), test.why))
    });
    Ok(found.collect())
}

fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(workspace::root());
    command
}
