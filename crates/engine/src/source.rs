//! The repository as it is now: its files, and what git says of them.

use crate::driver::Progress;
use crate::error::DriverError;
use crate::tool;
use host::files::{self, SourceFiles};
use host::process::Command;
use model::release::Source;
use std::path::{Path, PathBuf};

/// Looks at a repository. Without git, or when git refuses, ignore files decide alone.
///
/// # Errors
/// When a folder or file cannot be read.
pub(crate) fn look(root: &Path) -> Result<Source, DriverError> {
    let (listed, note) = list(root)?;
    let digest = files::digest_source(root, &listed.files)?;
    let revision =
        if note.is_none() { one_line(root, &["rev-parse", "--verify", "-q", "HEAD"]) } else { None };
    let subject = revision.as_ref().and_then(|_| one_line(root, &["log", "-1", "--format=%s"]));
    let dirty = match &revision {
        Some(_) => one_line(root, &["status", "--porcelain", "--untracked-files=all", "--", "."]).is_some(),
        None => false,
    };
    let origin = match &revision {
        Some(_) => first_commit(root),
        None => Some(root.display().to_string()),
    };
    Ok(Source { revision, subject, dirty, digest, origin })
}

/// The oldest commit without a parent. A shallow clone does not have it.
fn first_commit(root: &Path) -> Option<String> {
    let shallow = one_line(root, &["rev-parse", "--is-shallow-repository"])? == "true";
    let commits = git(root, &["rev-list", "--max-parents=0", "HEAD"]).ok()?;
    commits.into_iter().last().filter(|_| !shallow)
}

/// The files that go into a release, and why git was not asked.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn list(root: &Path) -> Result<(SourceFiles, Option<String>), DriverError> {
    let note = match git(root, &["ls-files", "--cached", "--others", "--exclude-standard"]) {
        Ok(lines) => {
            let found = files::choose_source(root, lines.iter().map(|line| unquote(line)))?;
            // A folder that an outer repository ignores has no files for git.
            if !found.files.is_empty() {
                return Ok((found, None));
            }
            None
        }
        Err(note) => note.filter(|_| root.ancestors().any(|folder| folder.join(".git").exists())),
    };
    Ok((files::walk_source(root)?, note))
}

/// Copies the repository's files into a new folder. Half a copy is never taken for one: it has another name until it is done.
///
/// # Errors
/// When something cannot be read or written.
pub(crate) fn copy(root: &Path, to: &Path, progress: &mut dyn Progress) -> Result<(), DriverError> {
    let (listed, note) = list(root)?;
    if let Some(note) = note {
        progress.line(&note);
    }
    for link in &listed.outside {
        progress.line(&format!("left out {}: a link that leads out of the repository", link.display()));
    }
    let half = to.with_extension("part");
    let copied = files::copy_source(root, &half, &listed.files)?;
    files::rename(&half, to)?;
    progress.line(&format!("{} files", copied.files));
    Ok(())
}

fn one_line(root: &Path, args: &[&str]) -> Option<String> {
    git(root, args).ok()?.into_iter().next().filter(|line| !line.is_empty())
}

/// Asks git; its refusal as a note for people, nothing when there is no git.
fn git(root: &Path, args: &[&str]) -> Result<Vec<String>, Option<String>> {
    // Paths come quoted, so that they survive being read as text; no monitor of the repository's choice is started.
    let fixed = ["-c", "core.quotePath=true", "-c", "core.fsmonitor=false", "--no-optional-locks"];
    let mut command = Command::new("git", root).args(fixed).args(args.iter().copied());
    command.env = tool::base_environment();
    let command = command.var("LC_ALL", "C").var("GIT_TERMINAL_PROMPT", "0");
    let answer = tool::ask(&command).map_err(|_| None)?;
    if answer.exit.success() {
        return Ok(answer.out);
    }
    let said = answer.error.join(" ");
    if said.contains("dubious ownership") {
        let place = root.display();
        return Err(Some(format!(
            "git does not read {place} because another user owns it, so the release has no revision; \
             `git config --global --add safe.directory {place}` allows it"
        )));
    }
    Err(Some(format!("git does not read {}: {said}", root.display())))
}

/// A path as git quotes it: `"a\303\251\tb"` (git-config, `core.quotePath`).
fn unquote(line: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let Some(body) = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')) else {
        return PathBuf::from(line);
    };
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body.bytes().peekable();
    while let Some(byte) = rest.next() {
        let escaped = if byte == b'\\' { rest.next() } else { None };
        bytes.push(match escaped {
            None => byte,
            Some(digit @ b'0'..=b'7') => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    if let Some(next) = rest.next_if(|next| matches!(next, b'0'..=b'7')) {
                        value = value * 8 + u32::from(next - b'0');
                    }
                }
                u8::try_from(value & 0xff).unwrap_or_default()
            }
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'a') => 7,
            Some(b'b') => 8,
            Some(b'v') => 11,
            Some(b'f') => 12,
            Some(other) => other,
        });
    }
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_paths_come_back() {
        assert_eq!(unquote("a b.js"), Path::new("a b.js"));
        assert_eq!(unquote(r#""caf\303\251 \"x\"\\\n""#), Path::new("café \"x\"\\\n"));
    }
}
