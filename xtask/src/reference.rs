//! `docs/reference`: written from the same tables that the product runs on.

use crate::{Failure, process, workspace};
use std::process::Command;

/// Writes the reference, or with `check` says where it is out of date.
pub fn run(check: bool) -> Result<bool, Failure> {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--package", "xtask-reference", "--", "docs/reference"]);
    if check {
        command.arg("--check");
    }
    Ok(process::status(command.current_dir(workspace::root()))?.success())
}
