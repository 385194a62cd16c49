//! What the scripts of a package do beyond its folder when it is installed and built: `npm --prefix ../client run build`.

use super::command::{self, Command};
use super::package::Package;
use crate::shell;

/// Scripts that run around an installation and a build without being called.
const AROUND: [&str; 5] = ["preinstall", "postinstall", "prepare", "prebuild", "postbuild"];

/// The commands that leave the package's folder, as lines that are run there.
pub(crate) fn of(package: &Package, build: Option<&str>) -> Vec<String> {
    let called = build.map(|build| command::commands_of(package, build)).unwrap_or_default();
    let around = AROUND.iter().flat_map(|script| command::commands(package, script));
    let mut lines = Vec::new();
    for command in called.into_iter().chain(around).filter(leaves) {
        let line = shell::line(&command.words);
        let line = if command.folder.is_empty() { line } else { format!("cd {} && {line}", command.folder) };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

fn leaves(command: &Command) -> bool {
    let up = |word: &String| word.split(['/', '=']).any(|part| part == "..");
    up(&command.folder) || command.words.iter().any(up)
}
