//! What tests and the demo need beside Rust: finds it, or installs it with the rights there are.

mod apt;
mod linters;
mod need;

use crate::process::{is_there, run as perform, shown};
use crate::{Failure, process};
use need::{NEEDS, Need, Packages};
use std::process::Command;

pub use need::{Whom, postgres_binaries, python};

/// Installs what somebody is missing, or with `check` only says what that is.
///
/// # Errors
/// When it cannot be installed, or is still missing afterwards.
pub fn run(whom: Whom, check: bool) -> Result<bool, Failure> {
    let wanted = NEEDS.iter().filter(|need| need.is_for(whom));
    let missing: Vec<&Need> = wanted.filter(|need| !said(need)).collect();
    let (linters, packages): (Vec<&Need>, Vec<&Need>) =
        missing.into_iter().partition(|need| need.packages == Packages::Linters);
    if !packages.is_empty() && !installed(&packages, check)? {
        return Ok(false);
    }
    if linters.is_empty() {
        return Ok(true);
    }
    if check {
        println!("nothing was changed; `cargo xtask setup` makes the linters' environment");
        return Ok(false);
    }
    linters::install()?;
    linters::find().map(|_| true).map_err(|why| Failure::new(format!("after installing: {why}")))
}

/// Installs the system's packages, or with `check` only says how.
fn installed(missing: &[&Need], check: bool) -> Result<bool, Failure> {
    if !is_there("apt-get") {
        let names: Vec<_> = missing.iter().map(|need| need.name).collect();
        let names = names.join(", ");
        return Err(Failure::new(format!(
            "there is no apt-get; install {names} with this system's packages"
        )));
    }
    let rights = Rights::found();
    if rights == Rights::None || check {
        println!("nothing was changed; to install what is missing:");
        println!("  {}", apt::by_hand(missing));
        return Ok(false);
    }
    if apt::lists_are_empty() {
        perform(&mut rights.command("apt-get", &["update"]))?;
    }
    for words in apt::commands(missing) {
        let mut command = rights.command(&words[0], &words[1..]);
        println!("{}", shown(&command));
        perform(&mut command)?;
    }
    let still: Vec<_> = missing.iter().filter_map(|need| (need.find)().err()).collect();
    if still.is_empty() {
        return Ok(true);
    }
    Err(Failure::new(format!("after installing, this is still missing: {}", still.join("; "))))
}

/// Prints what was found of a need, and says whether it is enough.
fn said(need: &need::Need) -> bool {
    match (need.find)() {
        Ok(found) => println!("  {:<11} {found}", need.name),
        Err(why) => {
            println!("  {:<11} missing: {why} (for {})", need.name, need.purpose);
            return false;
        }
    }
    true
}

/// How this process may install packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rights {
    Root,
    Sudo,
    None,
}

impl Rights {
    fn found() -> Self {
        if process::is_root() {
            return Self::Root;
        }
        let sudo = is_there("sudo") && process::capture(Command::new("sudo").args(["-n", "true"])).is_ok();
        if sudo { Self::Sudo } else { Self::None }
    }

    fn command<S: AsRef<str>>(self, program: &str, arguments: &[S]) -> Command {
        // Passed through env because sudo drops the environment.
        let quiet = ["env", "DEBIAN_FRONTEND=noninteractive"];
        let mut words: Vec<&str> = if self == Self::Sudo { vec!["sudo", "-n"] } else { Vec::new() };
        words.extend(quiet);
        words.push(program);
        words.extend(arguments.iter().map(AsRef::as_ref));
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        command
    }
}
