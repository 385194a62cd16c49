//! How long it takes to tell what a repository of 5,000 files holds, with warm caches.

mod python;
pub(crate) mod repository;
mod typescript;

use crate::Failure;
use crate::binary;
use crate::table::{Figure, Series, Target, millis};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const ROUNDS: usize = 15;

/// What others take to look at the same files, as a shell would run it. They look less closely.
const PEERS: [(&str, &str); 4] = [
    ("git", "git ls-files | wc -l"),
    ("find", "find . -type f | wc -l"),
    ("rg", "rg --count process.env | wc -l"),
    ("grep", "git ls-files -z | xargs -0 grep -c process.env | wc -l"),
];

/// Runs the benchmark; the argument is a folder in which the repository is made and kept.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mainstay = binary::mainstay()?;
    let temporary = tempfile::tempdir()?;
    let folder = arguments.first().map_or_else(|| temporary.path().join("monorepo"), Into::into);
    let made = repository::make(&folder)?;
    let ours = format!("'{}' detect --format json", mainstay.display());
    // Everything is out of date there, which is the answer 1.
    let generate = format!("'{}' generate --check; [ $? -eq 1 ]", mainstay.display());
    let mut commands = vec![
        ("mainstay detect --format json".to_owned(), ours.clone()),
        ("mainstay generate --check".to_owned(), generate),
    ];
    let mut notes = vec![made.to_string()];
    for (program, line) in PEERS {
        match binary::find(program) {
            Some(_) => commands.push((line.to_owned(), line.to_owned())),
            None => notes.push(format!("not on this machine: {program}")),
        }
    }
    notes.push(what_was_found(&folder, &ours)?);
    let series = in_turn(&folder, &commands, ROUNDS)?;
    let title = format!("Detection in a repository of {} files, {ROUNDS} rounds, warm", made.files);
    print!(
        "{}",
        Figure { title: &title, unit: "ms", target: Some(Target(150.0)), series: &series, notes: &notes }
    );
    Ok(())
}

/// Command lines in a folder, in turn, each with its name.
pub(crate) fn in_turn(
    folder: &Path,
    commands: &[(String, String)],
    rounds: usize,
) -> Result<Vec<Series>, Failure> {
    let mut series: Vec<Series> = commands.iter().map(|(name, _)| Series::new(name)).collect();
    for round in 0..=rounds {
        for ((_, line), series) in commands.iter().zip(&mut series) {
            let began = Instant::now();
            shell(folder, line)?;
            // The first round warms the cache.
            if round > 0 {
                series.samples.push(millis(began.elapsed()));
            }
        }
    }
    Ok(series)
}

/// A quick detector is no use when it finds nothing.
fn what_was_found(folder: &Path, line: &str) -> Result<String, Failure> {
    let facts: serde_json::Value = serde_json::from_str(&shell(folder, line)?)?;
    let services = facts["services"].as_array().map(Vec::as_slice).unwrap_or_default();
    let variables: usize =
        services.iter().filter_map(|service| service["env"].as_array()).map(Vec::len).sum();
    let stores = facts["datastores"].as_array().map_or(0, Vec::len);
    let count = services.len();
    Ok(format!(
        "found {count} services of {}, {variables} variables, {stores} datastores",
        repository::SERVICES.len()
    ))
}

pub(crate) fn shell(folder: &Path, line: &str) -> Result<String, Failure> {
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(folder).stdin(Stdio::null());
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!(
            "`{line}` ends with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
