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
    /// The newest installation.
    ///
    /// # Errors
    /// When there is none; says how to get one.
    pub(super) fn newest() -> Result<Self, DriverError> {
        all().into_iter().next_back().ok_or_else(|| {
            DriverError::new(
                FailureKind::Provision,
                "the server programs of PostgreSQL are not on this machine",
            )
            .advise("install them: `apt-get install postgresql` (the cluster that comes with it is not used)")
        })
    }

    /// The installation of the major version that a data folder was made with.
    ///
    /// # Errors
    /// When there is none: data of one major version is not read by another.
    pub(super) fn of(major: &str, data: &Path) -> Result<Self, DriverError> {
        let found = all();
        if let Some(programs) = found.iter().rfind(|programs| programs.major() == major) {
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

    fn major(&self) -> &str {
        self.version.split('.').next().unwrap_or_default()
    }

    fn at(folder: &Path) -> Option<Self> {
        // Not by way of links that someone put on the path.
        let program = files::real_path(&folder.join("postgres")).ok()?;
        let folder = program.parent()?;
        if !folder.join("initdb").is_file() {
            return None;
        }
        let mut command = Command::new(program.to_string_lossy(), "/").args(["--version"]);
        command.env = tool::base_environment();
        let answer = tool::ask(&command).ok().filter(|answer| answer.exit.success())?;
        // postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)
        let version = answer.out.first()?.split_whitespace().nth(2)?.to_owned();
        Some(Self { version, folder: folder.to_owned() })
    }
}

/// Every installation, oldest first.
fn all() -> Vec<Programs> {
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
    let mut found: Vec<Programs> = folders.iter().filter_map(|folder| Programs::at(folder)).collect();
    found.sort_by_key(|programs| numbers(&programs.version));
    found
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
