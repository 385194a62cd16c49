//! The reference systems in `examples/`, as a newcomer's repository.

use crate::shop::git;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Copies what is committed of an example into a repository of its own, and commits it there.
pub fn copy(name: &str, repository: &Path) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = format!("examples/{name}");
    let listed = Command::new("git").arg("-C").arg(&root).args(["ls-files", "-z", "--", &folder]).output();
    let listed = listed.expect("git is installed").stdout;
    for path in String::from_utf8_lossy(&listed).split_terminator('\0') {
        let to = repository.join(Path::new(path).strip_prefix(&folder).expect("it was asked for"));
        fs::create_dir_all(to.parent().expect("a file has a folder")).expect("ours");
        fs::copy(root.join(path), to).expect("ours");
    }
    git(repository, &["init", "--quiet"]);
    git(repository, &["add", "--all"]);
    git(repository, &["commit", "--quiet", "--message", "Begin"]);
}
