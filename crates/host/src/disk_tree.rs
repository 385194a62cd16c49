//! A repository on disk.

use crate::tree::{Entry, Tree, TreeError};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files larger than this are listed but not read.
pub const READ_LIMIT: u64 = 2 * 1024 * 1024;

/// Folders that hold what tools fetched or made, whether or not `.gitignore` says so.
const SKIPPED: &[&str] = &[
    ".angular",
    ".cache",
    ".git",
    ".hg",
    ".mypy_cache",
    ".next",
    ".nuxt",
    ".nx",
    ".output",
    ".parcel-cache",
    ".pytest_cache",
    ".ruff_cache",
    ".serverless",
    ".svelte-kit",
    ".svn",
    ".terraform",
    ".tox",
    ".turbo",
    ".venv",
    "__pycache__",
    "bower_components",
    "coverage",
    "dist",
    "node_modules",
    "site-packages",
    "target",
    "venv",
];

/// The one file of `.git` that says something of the project: where it is kept.
const REMOTES: &str = ".git/config";

/// A folder on disk as a [`Tree`]. Lists once, honours `.gitignore`, never follows a symbolic link.
#[derive(Debug)]
pub struct DiskTree {
    root: PathBuf,
    name: String,
    entries: Vec<Entry>,
    problems: Vec<TreeError>,
}

impl DiskTree {
    /// Lists a folder. What cannot be read in it becomes a [problem](Tree::problems).
    ///
    /// # Errors
    /// [`TreeError`] when `root` itself is missing, is not a folder or cannot be read.
    pub fn open(root: &Path) -> Result<Self, TreeError> {
        let shown = root.display().to_string();
        let root = root.canonicalize().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => TreeError::Missing(shown.clone()),
            _ => TreeError::Unreadable { path: shown.clone(), reason: error.to_string() },
        })?;
        std::fs::read_dir(&root)
            .map_err(|error| TreeError::Unreadable { path: shown, reason: error.to_string() })?;
        let name = root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut tree = Self { root, name, entries: Vec::new(), problems: Vec::new() };
        tree.list();
        tree.add_remotes();
        tree.entries.sort();
        tree.problems.sort_by_key(ToString::to_string);
        Ok(tree)
    }

    fn list(&mut self) {
        let walk = ignore::WalkBuilder::new(&self.root)
            .hidden(false)
            .parents(false)
            .ignore(false)
            .git_global(false)
            .git_exclude(false)
            .require_git(false)
            .follow_links(false)
            .filter_entry(|entry| {
                let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
                !(folder
                    && entry.depth() > 0
                    && entry.file_name().to_str().is_some_and(|name| SKIPPED.contains(&name)))
            })
            .build();
        for item in walk {
            match item {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => self.add(&entry),
                Ok(_) => {}
                Err(error) => self.problems.push(self.problem(&error)),
            }
        }
    }

    /// Lists [`REMOTES`]; where `.git` is a link or a file (a worktree), there is none.
    fn add_remotes(&mut self) {
        let is_folder = |path: &Path| path.symlink_metadata().is_ok_and(|data| data.is_dir());
        let file = self.root.join(REMOTES).symlink_metadata().ok().filter(std::fs::Metadata::is_file);
        if let Some(data) = file.filter(|_| is_folder(&self.root.join(".git"))) {
            self.entries.push(Entry { path: REMOTES.to_owned(), size: data.len() });
        }
    }

    fn add(&mut self, entry: &ignore::DirEntry) {
        let Some(path) = entry.path().strip_prefix(&self.root).ok().map(slashed) else { return };
        match (path, entry.metadata()) {
            (Some(path), Ok(data)) => self.entries.push(Entry { path, size: data.len() }),
            (Some(path), Err(error)) => {
                self.problems.push(TreeError::Unreadable { path, reason: error.to_string() });
            }
            (None, _) => self.problems.push(TreeError::Unreadable {
                path: entry.path().strip_prefix(&self.root).unwrap_or(entry.path()).display().to_string(),
                reason: "its name is not UTF-8".to_owned(),
            }),
        }
    }

    fn problem(&self, error: &ignore::Error) -> TreeError {
        let (path, reason) = describe(error);
        let path = path
            .and_then(|path| path.strip_prefix(&self.root).ok())
            .map_or_else(|| ".".to_owned(), |path| path.display().to_string());
        TreeError::Unreadable { path, reason }
    }

    fn open_file(&self, path: &str) -> Result<File, TreeError> {
        if !self.has(path) {
            return Err(TreeError::Missing(path.to_owned()));
        }
        File::open(self.root.join(path)).map_err(|error| unreadable(path, &error))
    }
}

/// The path an error is about, and the machine's words.
fn describe(error: &ignore::Error) -> (Option<&Path>, String) {
    match error {
        ignore::Error::WithPath { path, err } => (Some(path), describe(err).1),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => describe(err),
        other => (None, other.to_string()),
    }
}

fn unreadable(path: &str, error: &std::io::Error) -> TreeError {
    TreeError::Unreadable { path: path.to_owned(), reason: error.to_string() }
}

/// `/` between the parts on every system; `None` when a part is not UTF-8.
fn slashed(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

impl Tree for DiskTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, path: &str) -> Result<Arc<[u8]>, TreeError> {
        let file = self.open_file(path)?;
        let size = file.metadata().map_err(|error| unreadable(path, &error))?.len();
        if size > READ_LIMIT {
            return Err(TreeError::TooLarge { path: path.to_owned(), size, limit: READ_LIMIT });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        // The file may grow while it is read; the limit holds all the same.
        file.take(READ_LIMIT).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
        Ok(Arc::from(bytes))
    }

    fn read_head(&self, path: &str, length: u64) -> Result<Arc<[u8]>, TreeError> {
        let mut bytes = Vec::new();
        self.open_file(path)?
            .take(length.min(READ_LIMIT))
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(path, &error))?;
        Ok(Arc::from(bytes))
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn problems(&self) -> &[TreeError] {
        &self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_what_belongs_to_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(".gitignore", "*.log\n/generated\n");
        write(".env.example", "A=1");
        write("src/a.js", "a");
        write("src-b/a.js", "a");
        write("src/x.log", "x");
        write("generated/x.js", "x");
        write(".git/config", "[core]\n");
        write(".git/HEAD", "x");
        write("node_modules/a/index.js", "x");
        write("web/.next/server.js", "x");
        write("big.json", &"x".repeat(3_000_000));
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("passwd")).unwrap();
        let tree = DiskTree::open(folder.path()).unwrap();
        let paths: Vec<&str> = tree.entries().iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(
            paths,
            [".env.example", ".git/config", ".gitignore", "big.json", "src-b/a.js", "src/a.js"]
        );
        assert!(tree.has("src/a.js") && tree.has("src-b/a.js"));
        assert_eq!(&*tree.read("src/a.js").unwrap(), b"a");
        assert!(matches!(tree.read("big.json"), Err(TreeError::TooLarge { .. })));
        assert_eq!(tree.read_head("big.json", 4).unwrap().len(), 4);
        assert!(matches!(tree.read("passwd"), Err(TreeError::Missing(_))));
        assert!(tree.problems().is_empty());
    }

    #[test]
    fn a_missing_root_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(DiskTree::open(&folder.path().join("no")), Err(TreeError::Missing(_))));
        let file = folder.path().join("file");
        std::fs::write(&file, "x").unwrap();
        assert!(matches!(DiskTree::open(&file), Err(TreeError::Unreadable { .. })));
    }
}
