//! The example as a repository of its own.

use crate::Failure;
use crate::process::capture;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who the copy's commits are by; the user's own name is not asked for.
const AUTHOR: [&str; 4] = ["-c", "user.name=Mainstay demo", "-c", "user.email=demo@localhost"];
/// Written by `mainstay init`, and kept when the demo is run again.
const MANIFEST: &str = "mainstay.toml";

/// A repository made of the files that are tracked below a folder.
pub struct Copy {
    pub folder: PathBuf,
    /// It was not there before.
    pub is_new: bool,
}

impl Copy {
    /// Makes the copy, or brings an earlier one to the state of the example.
    pub fn make(from: &Path, to: &Path) -> Result<Self, Failure> {
        let copy = Self { folder: to.to_owned(), is_new: !to.exists() };
        let made = copy.fill(from);
        if made.is_err() && copy.is_new {
            copy.remove();
        }
        made.map(|()| copy)
    }

    fn fill(&self, from: &Path) -> Result<(), Failure> {
        if self.is_new {
            fs::create_dir_all(&self.folder).map_err(|error| failed(&self.folder, &error))?;
            self.git(&["init", "--quiet", "--initial-branch=main"])?;
        }
        let wanted = tracked(from)?;
        if wanted.is_empty() {
            let why = format!("git lists no file in {}; the demo starts from a clone", from.display());
            return Err(Failure::new(why));
        }
        for name in tracked(&self.folder)?.iter().filter(|name| *name != MANIFEST && !wanted.contains(name)) {
            fs::remove_file(self.folder.join(name))
                .map_err(|error| failed(&self.folder.join(name), &error))?;
        }
        for name in &wanted {
            let to = self.folder.join(name);
            let folder = to.parent().unwrap_or(&self.folder);
            let copied = fs::create_dir_all(folder).and_then(|()| fs::copy(from.join(name), &to));
            copied.map_err(|error| failed(&to, &error))?;
        }
        self.commit("The example")
    }

    /// Commits what changed, if something did.
    pub fn commit(&self, subject: &str) -> Result<(), Failure> {
        self.git(&["add", "--all"])?;
        if self.git(&["diff", "--cached", "--quiet"]).is_err() {
            self.git(&["commit", "--quiet", "--no-verify", "--message", subject])?;
        }
        Ok(())
    }

    /// Takes the copy away.
    pub fn remove(&self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            println!("  {} is left: {error}", self.folder.display());
        }
    }

    fn git(&self, words: &[&str]) -> Result<String, Failure> {
        capture(Command::new("git").args(AUTHOR).args(words).current_dir(&self.folder))
    }
}

/// The files that git tracks below a folder and that are there.
fn tracked(folder: &Path) -> Result<Vec<String>, Failure> {
    // The checkout may belong to another user than the one who runs the demo.
    let list = ["-c", "safe.directory=*", "ls-files", "-z", "--cached"];
    let names = capture(Command::new("git").args(list).current_dir(folder))?;
    Ok(names.split('\0').filter(|name| folder.join(name).is_file()).map(str::to_owned).collect())
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}
