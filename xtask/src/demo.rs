//! From nothing to the example that runs, with what is missing installed first.

mod copy;
mod page;

use crate::process::{self, capture, run as perform, shown};
use crate::{Failure, setup, workspace};
use copy::Copy;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The example, from the root of the workspace.
const EXAMPLE: &str = "examples/vaultcpa";
/// A program to use instead of a release build, for who has just built one.
const BINARY: &str = "MAINSTAY_BINARY";

/// Paths of the running example, and what must be in the answers.
const PAGES: [(&str, u16, &str); 2] = [("/login", 200, "<html"), ("/api/clients", 401, "{")];

/// Brings the example up and leaves it running.
///
/// # Errors
/// With the step that failed; what it began is taken back.
pub fn run() -> Result<bool, Failure> {
    say(1, "what the example needs");
    if !setup::run(setup::Whom::Demo, false)? {
        return Ok(false);
    }
    say(2, "the program");
    let binary = program()?;
    println!("  {}", here(&binary));
    say(3, "a repository of its own, so that this one stays as it is");
    let copy = Copy::make(&workspace::root().join(EXAMPLE), &workspace::target().join("demo/vaultcpa"))?;
    println!("  {}", here(&copy.folder));
    let demo = Demo { binary, folder: copy.folder.clone() };
    match demo.bring_up(&copy) {
        Ok(url) => {
            demo.close(&url);
            Ok(true)
        }
        Err(failure) => {
            println!("\nthe demo did not come up; taking back what it began");
            demo.take_back(&copy);
            Err(failure)
        }
    }
}

fn say(number: usize, what: &str) {
    println!("\n[{number}/5] {what}");
}

/// A path as short as it can be typed from where the command was given.
fn here(path: &Path) -> String {
    let current = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(current).unwrap_or(path).display().to_string()
}

/// The release build, or the one that was named.
fn program() -> Result<PathBuf, Failure> {
    if let Some(given) = std::env::var_os(BINARY) {
        return std::path::absolute(&given)
            .map_err(|error| Failure::new(format!("{BINARY} names no file: {error}")));
    }
    let mut build = Command::new("cargo");
    perform(build.args(["build", "--release", "--package", "mainstay-cli"]).current_dir(workspace::root()))?;
    Ok(workspace::target().join("release/mainstay"))
}

struct Demo {
    binary: PathBuf,
    folder: PathBuf,
}

impl Demo {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg("-C").arg(&self.folder).args(words);
        command
    }

    fn bring_up(&self, copy: &Copy) -> Result<String, Failure> {
        say(4, "mainstay init, mainstay up");
        self.follow(&["init", "--yes"])?;
        copy.commit("Describe how it is deployed")?;
        self.follow(&["up"])?;
        say(5, "does it answer?");
        let url = self.url()?;
        for (path, status, text) in PAGES {
            let page = page::get(&url, path)?;
            if page.status != status || !page.text.contains(text) {
                let why = format!("{url}{path} answered {} instead of {status}", page.status);
                return Err(Failure::new(why));
            }
            println!("  {url}{path} answers {status}");
        }
        Ok(url)
    }

    fn follow(&self, words: &[&str]) -> Result<(), Failure> {
        let mut command = self.command(words);
        println!("$ {}", shown(&command));
        perform(&mut command)
    }

    /// Where the example listens, as the program says it.
    fn url(&self) -> Result<String, Failure> {
        let status = capture(&mut self.command(&["status", "--format", "json"]))?;
        let status: Value = serde_json::from_str(&status)
            .map_err(|error| Failure::new(format!("mainstay status cannot be read: {error}")))?;
        let url = status["url"].as_str().ok_or_else(|| Failure::new("mainstay status names no address"))?;
        Ok(url.trim_end_matches('/').to_owned())
    }

    fn close(&self, url: &str) {
        let mainstay = format!("{} -C {}", here(&self.binary), here(&self.folder));
        println!(
            "
VaultCPA runs: pages at {url}/login, its API at {url}/api

What was done
  {EXAMPLE} was copied to {folder}, a repository of its own
  mainstay.toml was written from what is in it: a Next.js site and an Express API on PostgreSQL
  both were built in a folder of their release, and the database was made and migrated
  the instances were started, probed, and put behind the proxy

Try next
  {mainstay} status
  {mainstay} logs -f
  {mainstay} deploy
The last one after a change to a file in {folder}; rollback in its place takes it back.

To stop it: {mainstay} down",
            folder = here(&self.folder),
        );
    }

    /// What came up before the failure goes down again, and a copy that was made now goes away.
    fn take_back(&self, copy: &Copy) {
        let mut down = self.command(&["down"]);
        if let Err(failure) = process::capture(&mut down) {
            println!("  {failure}");
        }
        if copy.is_new {
            copy.remove();
        }
    }
}
