//! The server programs of PostgreSQL on this machine.

use crate::error::DriverError;
use crate::tool;
use host::environment;
use host::files;
use host::process::Command;
use model::event::FailureKind;
use std::path::{Path, PathBuf};

/// One installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs {
    /// `15.20`
    pub(super) version: String,
    pub(super) folder: PathBuf,
}

impl Programs {
    /// The installation for new data: of the major version that is wanted, else the next older one, else what there is.
    /// The newest when no version is wanted.
    ///
    /// # Errors
    /// When there is none; says how to get one.
    pub(super) fn nearest(wanted: Option<&str>) -> Result<Self, DriverError> {
        choose(all(), wanted).ok_or_else(|| missing(wanted))
    }

    /// Whether there is any, without starting one to ask for its version.
    ///
    /// # Errors
    /// When there is none; says how to get one.
    pub(super) fn check() -> Result<(), DriverError> {
        if folders().iter().any(|folder| program_in(folder).is_some()) { Ok(()) } else { Err(missing(None)) }
    }

    /// Whether it has the major version of `wanted`.
    pub(super) fn is(&self, wanted: &str) -> bool {
        major(&self.version) == major(wanted)
    }

    /// The installation of the major version that a data folder was made with.
    ///
    /// # Errors
    /// When there is none: data of one major version is not read by another.
    pub(super) fn of(major: &str, data: &Path) -> Result<Self, DriverError> {
        let found = all();
        if let Some(programs) = found.iter().rfind(|programs| programs.is(major)) {
            return Ok(programs.clone());
        }
        let versions: Vec<&str> = found.iter().map(|programs| programs.version.as_str()).collect();
        let there = if versions.is_empty() { "none".to_owned() } else { versions.join(", ") };
        let message = format!(
            "the data in {} is of PostgreSQL {major}, and this machine has the programs of {there}",
            data.display()
        );
        Err(DriverError::new(FailureKind::Provision, message).advise(format!(
            "install that version: `apt-get install postgresql-{major}`; to go on with a newer one, upgrade the data with \
             `pg_upgrade` first"
        )))
    }

    fn at(folder: &Path) -> Option<Self> {
        let program = program_in(folder)?;
        let folder = program.parent()?;
        let mut command = Command::new(program.to_string_lossy(), "/").args(["--version"]);
        command.env = tool::base_environment();
        let answer = tool::ask(&command).ok().filter(|answer| answer.exit.success())?;
        // postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)
        let version = answer.out.first()?.split_whitespace().nth(2)?.to_owned();
        Some(Self { version, folder: folder.to_owned() })
    }
}

fn missing(wanted: Option<&str>) -> DriverError {
    let package =
        wanted.map_or_else(|| "postgresql".into(), |version| format!("postgresql-{}", major(version)));
    let message = "the server programs of PostgreSQL are not on this machine";
    DriverError::new(FailureKind::Provision, message).advise(format!(
        "install them: `apt-get install {package}` (the cluster that comes with it is not used)"
    ))
}

/// The server's program in a folder that also has the one that makes data folders.
fn program_in(folder: &Path) -> Option<PathBuf> {
    // Not by way of links that someone put on the path.
    let program = files::real_path(&folder.join("postgres")).ok()?;
    program.parent()?.join("initdb").is_file().then_some(program)
}

/// Of installations, oldest first, the one for new data.
fn choose(found: Vec<Programs>, wanted: Option<&str>) -> Option<Programs> {
    let limit = wanted.and_then(|wanted| major(wanted).parse::<u32>().ok()).unwrap_or(u32::MAX);
    let fits = |programs: &&Programs| numbers(&programs.version).first().is_some_and(|major| *major <= limit);
    found.iter().rfind(fits).or(found.first()).cloned()
}

fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or_default()
}

/// Every installation, oldest first.
fn all() -> Vec<Programs> {
    let mut found: Vec<Programs> = folders().iter().filter_map(|folder| Programs::at(folder)).collect();
    found.sort_by_key(|programs| numbers(&programs.version));
    found
}

/// Where installations may be.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    // Debian and its family, then the packages of postgresql.org for Red Hat's.
    for (keep, inner) in [("/usr/lib/postgresql", "bin"), ("/usr", "bin"), ("/usr/local", "bin")] {
        let keep = Path::new(keep);
        for name in files::names(keep).unwrap_or_default() {
            if name.starts_with("pgsql") || name.chars().all(|c| c.is_ascii_digit()) {
                folders.push(keep.join(name).join(inner));
            }
        }
    }
    folders.extend(std::env::split_paths(&environment::search_path()));
    folders.sort();
    folders.dedup();
    folders
}

fn numbers(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map(|part| part.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0))
        .collect()
}

/// The major version that a data folder was made with; `None` when there is no data.
///
/// # Errors
/// When there is a folder that is no data folder.
pub(super) fn version_of(data: &Path) -> Result<Option<String>, DriverError> {
    if !data.exists() {
        return Ok(None);
    }
    let file = data.join("PG_VERSION");
    files::read_text(&file).map(|text| Some(text.trim().to_owned())).map_err(|error| {
        DriverError::new(
            FailureKind::Provision,
            format!("{} is no data folder of PostgreSQL: {error}", data.display()),
        )
        .advise("restore it from a backup, or move it away to begin with an empty database")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wanted_version_is_taken_or_the_nearest_older_one() {
        let found = ["14.9", "15.2", "17.0"]
            .map(|version| Programs { version: version.into(), folder: PathBuf::new() });
        for (wanted, taken) in [
            (None, "17.0"),
            (Some("15"), "15.2"),
            (Some("15.8-alpine"), "15.2"),
            (Some("16"), "15.2"),
            (Some("9.6"), "14.9"),
            (Some("latest"), "17.0"),
        ] {
            assert_eq!(choose(found.to_vec(), wanted).unwrap().version, taken, "{wanted:?}");
        }
        assert_eq!(choose(Vec::new(), Some("15")), None);
    }
}
