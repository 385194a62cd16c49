//! `.gitignore` and `.dockerignore` files.

use artifact::dockerignore::Ignore;
use std::path::Path;

/// Such a file.
#[derive(Debug)]
pub struct IgnoreFile {
    /// The file.
    pub path: String,
    /// What it says to Docker.
    rules: Ignore,
    /// The last part of each pattern, wherever it stands.
    anywhere: Ignore,
}

/// Whether a file of this name (in lower case) is one.
pub(super) fn is(name: &str) -> bool {
    name == ".gitignore" || name.ends_with(".dockerignore")
}

impl IgnoreFile {
    pub(super) fn read(path: &str, text: &str) -> Self {
        let patterns =
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
        let last = |line: &str| line.trim_end_matches(['/', '*']).rsplit('/').next().unwrap_or("").to_owned();
        let names = patterns.map(last).filter(|name| !name.is_empty());
        let anywhere: String = names.map(|name| format!("**/{name}\n")).collect();
        Self { path: path.to_owned(), rules: Ignore::read(text), anywhere: Ignore::read(&anywhere) }
    }

    /// Whether a path, relative to the context, goes into a build.
    pub fn keeps(&self, path: &str) -> bool {
        self.rules.keeps(Path::new(path))
    }

    /// Whether a path may be ignored, wherever its folders stand.
    pub fn may_name(&self, path: &str) -> bool {
        !self.anywhere.keeps(Path::new(path))
    }
}
