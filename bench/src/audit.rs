//! How long it takes to audit a repository of 5,000 files and everything that is generated for it, with warm caches.

use crate::Failure;
use crate::binary;
use crate::detect::{in_turn, repository, shell};
use crate::table::Figure;
use std::path::PathBuf;

const ROUNDS: usize = 10;

/// Linters of one kind of file each, as a shell would run them. What they find is no failure.
const PEERS: [(&str, &str); 4] = [
    ("zizmor", "--offline --quiet --no-progress --no-exit-codes .github"),
    ("actionlint", "-shellcheck= -pyflakes= .github/workflows/*.yml; true"),
    ("hadolint", "--no-fail $(git ls-files '*Dockerfile')"),
    ("compose-lint", "docker-compose.yml; true"),
];

/// Runs the benchmark; the argument is a folder in which the repository is made and kept.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mainstay = binary::mainstay()?;
    let temporary = tempfile::tempdir()?;
    let folder = arguments.first().map_or_else(|| temporary.path().join("monorepo"), Into::into);
    repository::make(&folder)?;
    let home = temporary.path().join("home");
    let generate = format!("MAINSTAY_HOME='{}' '{}' generate --yes", home.display(), mainstay.display());
    shell(&folder, &generate)?;
    shell(&folder, "git add --all")?;
    let ours = format!("'{}' audit --fail-on never --format json", mainstay.display());
    let report: serde_json::Value = serde_json::from_str(&shell(&folder, &ours)?)?;
    let found = report["findings"].as_array().map_or(0, Vec::len);
    let mut notes = vec![format!("{} files audited, {found} findings", report["files"])];
    let mut commands = vec![("mainstay audit".to_owned(), ours)];
    for (name, arguments) in PEERS {
        match linter(name) {
            Some(program) => commands.push((name.to_owned(), format!("'{}' {arguments}", program.display()))),
            None => notes.push(format!("not on this machine: {name}")),
        }
    }
    let series = in_turn(&folder, &commands, ROUNDS)?;
    let title = format!("Audit of a repository of 20 services, {ROUNDS} rounds, warm");
    print!("{}", Figure { title: &title, unit: "ms", target: None, series: &series, notes: &notes });
    Ok(())
}

/// A linter of this machine, or of the environment that `cargo xtask setup` makes.
fn linter(name: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let made = own.ancestors().nth(2)?.join("xtask/linters/bin").join(name);
    binary::find(name).or_else(|| made.is_file().then_some(made))
}
