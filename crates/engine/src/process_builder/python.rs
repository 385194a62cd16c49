//! Installing the dependencies of Python services into a virtual environment.
//!
//! Environments cannot be moved, so a layer's one is used where it was made. What only fetches packages (`pip install -r`)
//! makes a layer; what also installs the project itself belongs to one release and stands in its folder.

use super::layer::Layer;
use super::runtime::Found;
use super::site::under;
use super::work::Work;
use super::{tools, words};
use crate::driver::Progress;
use crate::error::DriverError;
use host::files;
use host::process::Command;
use model::event::FailureKind;
use model::facts::PackageManager;
use model::manifest::RuntimeLine;
use model::pip::{PipArgument, pip_arguments};
use std::path::{Path, PathBuf};

/// Files in the install folder that decide what an installation gives.
pub(super) fn deciding_files(folder: &Path, command: &str) -> Vec<String> {
    const ALWAYS: [&str; 10] = [
        "Pipfile",
        "Pipfile.lock",
        "constraints.txt",
        "pdm.lock",
        "poetry.lock",
        "pyproject.toml",
        "requirements.txt",
        "setup.cfg",
        "setup.py",
        "uv.lock",
    ];
    let mut names: Vec<String> = ALWAYS.map(str::to_owned).to_vec();
    names.extend(Requirements::of(folder, command).map(|found| found.files).unwrap_or_default());
    names.retain(|name| !folder.join(name).is_dir());
    names
}

/// Installs the dependencies of the site's folder.
///
/// # Errors
/// When there is no way to make an environment, or the package manager fails.
pub(super) fn install(
    work: &Work<'_>,
    line: &RuntimeLine,
    command: &str,
    progress: &mut dyn Progress,
) -> Result<(), DriverError> {
    let folder = work.site.install_directory();
    let found = work.found.as_ref().ok_or_else(|| {
        DriverError::new(FailureKind::Build, format!("no {} interpreter was looked up", line.name))
    })?;
    let layered = Requirements::of(&folder, command).is_some_and(|found| !found.local);
    if layered {
        let layer = Layer::take(&work.layers, work.layer)?;
        let venv = layer.folder.join("venv");
        link(work, &venv)?;
        if layer.is_complete() {
            progress.line("dependencies of the same lock file are there already");
            return Ok(());
        }
        make(found, &venv, true, progress)?;
        work.run(command, &folder, work.environment(None), progress)?;
        return layer.complete();
    }
    let venv =
        work.site.release.join(format!("venv{}", work.layer.strip_prefix("python").unwrap_or_default()));
    files::remove_tree(&venv)?;
    // Those that bring an installer of their own need none in the environment, and it is half of the time.
    let manager = work.site.service.build.package_manager;
    let pip = !matches!(manager, Some(PackageManager::Uv | PackageManager::Poetry));
    make(found, &venv, pip, progress)?;
    link(work, &venv)?;
    let environment = work.environment(tools::for_manager(work, progress)?.as_deref());
    work.run(command, &folder, environment, progress)
}

/// `.venv` in the folders of all services that share the environment, and in the install folder.
fn link(work: &Work<'_>, venv: &Path) -> Result<(), DriverError> {
    let source = work.site.source();
    let mut folders: Vec<PathBuf> =
        work.site.sharing().map(|service| under(&source, &service.path)).collect();
    folders.push(work.site.install_directory());
    for folder in folders {
        files::link(venv, &folder.join(".venv"))?;
    }
    Ok(())
}

fn make(found: &Found, venv: &Path, pip: bool, progress: &mut dyn Progress) -> Result<(), DriverError> {
    progress.line(&format!("virtual environment with Python {}", found.version));
    let mut command = Command::new(found.program.to_string_lossy(), "/");
    command =
        command.args(["-m", "venv"]).args((!pip).then_some("--without-pip")).args([venv.to_string_lossy()]);
    command.env = crate::tool::base_environment();
    let tool = crate::tool::Tool {
        command,
        kind: FailureKind::Build,
        title: format!("making a virtual environment with {}", found.program.display()),
        secrets: &crate::driver::Variables::new(),
    };
    tool.run(progress).map(|_| ()).map_err(|error| {
        let line = found.line();
        error.advise(format!(
            "Debian and Ubuntu have it in a package of its own: `apt-get install python{line}-venv`"
        ))
    })
}

/// What a `pip install` line reads.
#[derive(Debug, PartialEq, Eq)]
struct Requirements {
    /// Requirement and constraint files, those that they include as well, relative to the folder.
    files: Vec<String>,
    /// Whether something of the repository itself is installed.
    local: bool,
}

impl Requirements {
    /// `None` when the line is not `pip install` alone.
    fn of(folder: &Path, command: &str) -> Option<Self> {
        let words::Line::Simple { words, .. } = words::read(command, None) else { return None };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let arguments = match words.as_slice() {
            ["pip" | "pip3", "install", rest @ ..]
            | ["python" | "python3", "-m", "pip", "install", rest @ ..] => rest,
            _ => return None,
        };
        let mut found = Self { files: Vec::new(), local: false };
        for argument in pip_arguments(arguments.iter().copied()) {
            match argument {
                PipArgument::Requirements(file) | PipArgument::Constraints(file) => found.read(folder, file),
                PipArgument::Editable(_) => found.local = true,
                PipArgument::Other(word) => found.local |= is_local(word),
            }
        }
        Some(found)
    }

    fn read(&mut self, folder: &Path, file: &str) {
        if self.files.iter().any(|known| known == file) {
            return;
        }
        self.files.push(file.to_owned());
        let text = files::read_text(&folder.join(file)).unwrap_or_default();
        let beside = Path::new(file).parent().unwrap_or(Path::new("")).to_owned();
        for line in text.lines().map(str::trim) {
            let include = ["-r", "--requirement", "-c", "--constraint"].iter().find_map(|option| {
                let rest = line.strip_prefix(option)?;
                rest.starts_with([' ', '=']).then(|| rest.trim_start_matches([' ', '=']).trim())
            });
            match include {
                Some(inner) => self.read(folder, &beside.join(inner).to_string_lossy()),
                None => {
                    self.local |= line.starts_with("-e") || line.starts_with("--editable") || is_local(line)
                }
            }
        }
    }
}

/// Whether a requirement is a place in the file system (pip, "Requirements File Format").
fn is_local(word: &str) -> bool {
    word.starts_with(['.', '/']) || word.contains("file:") || word.contains("@ .")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirement_files_are_followed() {
        let home = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            files::make_dir(home.path().join(path).parent().unwrap(), 0o755).unwrap();
            files::write_atomic(&home.path().join(path), text.as_bytes(), 0o644).unwrap();
        };
        put("requirements.txt", "-r requirements/base.txt\n# .\nuvicorn\n");
        put("requirements/base.txt", "-c more.txt\nfastapi\n-r base.txt\n");
        let found = Requirements::of(home.path(), "pip install --no-cache-dir -r requirements.txt").unwrap();
        assert_eq!(found.files, ["requirements.txt", "requirements/base.txt", "requirements/more.txt"]);
        assert!(!found.local);
        for local in ["pip install .", "pip install -e .[dev]", "python -m pip install ./lib"] {
            assert!(Requirements::of(home.path(), local).unwrap().local, "{local}");
        }
        put("requirements.txt", "./vendor/lib\n");
        assert!(Requirements::of(home.path(), "pip install -r requirements.txt").unwrap().local);
        assert_eq!(Requirements::of(home.path(), "poetry install"), None);
    }
}
