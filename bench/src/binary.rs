//! The binary that is measured.

use crate::Failure;
use std::path::PathBuf;
use std::process::Command;

/// `MAINSTAY_BINARY`, else the release binary beside this program; built when it is not there.
pub(crate) fn mainstay() -> Result<PathBuf, Failure> {
    if let Some(named) = std::env::var_os("MAINSTAY_BINARY") {
        let named = PathBuf::from(named);
        let there = named.canonicalize();
        return Ok(there.map_err(|error| format!("MAINSTAY_BINARY: {}: {error}", named.display()))?);
    }
    let own = std::env::current_exe()?;
    // A debug build of the benchmarks measures the release binary all the same.
    let binary = own.ancestors().nth(2).unwrap_or(&own).join("release/mainstay");
    if !binary.exists() {
        println!("building {} (cargo build --release -p mainstay-cli)", binary.display());
        let built =
            Command::new("cargo").args(["build", "--release", "--quiet", "-p", "mainstay-cli"]).status()?;
        if !built.success() {
            return Err("the release binary cannot be built; see above".into());
        }
    }
    match binary.exists() {
        true => Ok(binary),
        false => {
            Err(format!("{} is not there; name another one in MAINSTAY_BINARY", binary.display()).into())
        }
    }
}

/// The path of a program on this machine.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    // Servers stand in sbin, which is not in everyone's path.
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}
