//! How long a command takes to say how it is used.

use crate::Failure;
use crate::binary;
use crate::table::{Figure, Series, Target, millis};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 60;

/// Programs that do the least they can, and tools of the trade.
const PEERS: [(&str, &[&str]); 7] = [
    ("git", &["--version"]),
    ("nginx", &["-v"]),
    ("node", &["--version"]),
    ("docker", &["--help"]),
    ("docker-compose", &["--help"]),
    ("kamal", &["help"]),
    ("caddy", &["help"]),
];

/// Runs the benchmark; the argument is the number of rounds.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let rounds = arguments.first().map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    let mut programs: Vec<(PathBuf, &[&str])> = vec![(binary::mainstay()?, &["--help"])];
    let mut series = vec![Series::new("mainstay --help")];
    let mut notes = Vec::new();
    for (name, arguments) in PEERS {
        match binary::find(name) {
            Some(path) => {
                programs.push((path, arguments));
                series.push(Series::new(format!("{name} {}", arguments.join(" "))));
            }
            None => notes.push(format!("not on this machine: {name}")),
        }
    }
    for round in 0..=rounds {
        for ((program, arguments), series) in programs.iter().zip(&mut series) {
            let took = time(program, arguments)?;
            // The first round warms the cache.
            if round > 0 {
                series.samples.push(millis(took));
            }
        }
    }
    let title = format!("Start of a command, {rounds} rounds");
    print!(
        "{}",
        Figure { title: &title, unit: "ms", target: Some(Target(10.0)), series: &series, notes: &notes }
    );
    Ok(())
}

fn time(program: &Path, arguments: &[&str]) -> Result<Duration, Failure> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let status = command.status().map_err(|error| format!("{}: {error}", program.display()))?;
    let took = began.elapsed();
    match status.success() {
        true => Ok(took),
        false => Err(format!("{} {} ends with {status}", program.display(), arguments.join(" ")).into()),
    }
}
