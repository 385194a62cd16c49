//! The files of a repository that go into a release: listing, digest, copy. Symbolic links are taken as links, and those
//! that lead out of the root are left out.

use super::FileError;
use super::tree::{Copied, copy_files};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// Folders that are never part of a source, whatever the ignore files say.
const NEVER: [&str; 3] = [".git", "node_modules", "__pycache__"];

/// What goes in, and what was asked for but left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceFiles {
    /// Files and links, relative to the root, sorted.
    pub files: Vec<PathBuf>,
    /// Links that lead out of the root.
    pub outside: Vec<PathBuf>,
}

/// Every file under `root` that ignore files do not exclude, of any size. Links are not followed.
///
/// # Errors
/// When a folder cannot be read.
pub fn walk_source(root: &Path) -> Result<SourceFiles, FileError> {
    let mut listed = Vec::new();
    let mut builder = ignore::WalkBuilder::new(root);
    builder.hidden(false).parents(false).require_git(false).git_global(false).follow_links(false);
    builder.filter_entry(|entry| !NEVER.iter().any(|name| entry.file_name() == *name));
    for entry in builder.build() {
        let entry = entry.map_err(|error| {
            let text = error.to_string();
            FileError::of("read", root)(error.into_io_error().unwrap_or_else(|| std::io::Error::other(text)))
        })?;
        if entry.file_type().is_some_and(|kind| !kind.is_dir())
            && let Ok(path) = entry.path().strip_prefix(root)
        {
            listed.push(path.to_owned());
        }
    }
    choose_source(root, listed)
}

/// Of a listing (git's, say) what exists: plain files and links that stay inside. A folder in it, such as a submodule, is
/// walked; pipes, sockets and devices are left out.
///
/// # Errors
/// When a folder cannot be read.
pub fn choose_source(
    root: &Path,
    listed: impl IntoIterator<Item = PathBuf>,
) -> Result<SourceFiles, FileError> {
    let (mut files, mut outside) = (BTreeSet::new(), BTreeSet::new());
    for path in listed {
        let Ok(meta) = fs::symlink_metadata(root.join(&path)) else { continue };
        if meta.is_symlink() {
            let target = fs::read_link(root.join(&path)).map_err(FileError::of("read link", &path))?;
            if stays_inside(&path, &target) {
                files.insert(path)
            } else {
                outside.insert(path)
            };
        } else if meta.is_dir() {
            let inner = walk_source(&root.join(&path))?;
            files.extend(inner.files.iter().map(|file| path.join(file)));
            outside.extend(inner.outside.iter().map(|file| path.join(file)));
        } else if meta.is_file() {
            files.insert(path);
        }
    }
    Ok(SourceFiles { files: files.into_iter().collect(), outside: outside.into_iter().collect() })
}

fn stays_inside(link: &Path, target: &Path) -> bool {
    let mut depth = link.components().count() as i64 - 1;
    for part in target.components() {
        match part {
            Component::ParentDir => depth -= 1,
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return false,
        }
        if depth < 0 {
            return false;
        }
    }
    true
}

/// SHA-256, in hexadecimal, of paths, kinds and contents.
///
/// # Errors
/// When a file cannot be read.
pub fn digest_source(root: &Path, files: &[PathBuf]) -> Result<String, FileError> {
    let mut hash = Sha256::new();
    for name in files {
        let path = root.join(name);
        let failed = || FileError::of("read", &path);
        hash.update((name.as_os_str().len() as u64).to_le_bytes());
        hash.update(name.as_os_str().as_bytes());
        let meta = fs::symlink_metadata(&path).map_err(failed())?;
        if meta.is_symlink() {
            let target = fs::read_link(&path).map_err(failed())?;
            hash.update([b'l']);
            hash.update((target.as_os_str().len() as u64).to_le_bytes());
            hash.update(target.as_os_str().as_bytes());
        } else {
            hash.update([if meta.mode() & 0o111 == 0 { b'f' } else { b'x' }]);
            let mut content = Sha256::new();
            std::io::copy(&mut File::open(&path).map_err(failed())?, &mut content).map_err(failed())?;
            hash.update(content.finalize());
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Copies files and links, with modes and times, into `to`.
///
/// # Errors
/// When something cannot be read or written; part of the copy is then there.
pub fn copy_source(root: &Path, to: &Path, files: &[PathBuf]) -> Result<Copied, FileError> {
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    super::make_dir(to, 0o755)?;
    for folder in folders {
        super::make_dir(&to.join(folder), 0o755)?;
    }
    copy_files(root, to, files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn what_is_ignored_or_leads_out_stays_behind() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = from.path();
        fs::create_dir_all(root.join("app/node_modules/x")).unwrap();
        for (path, text) in [
            (".gitignore", "*.log\n.env\n"),
            (".env", "SECRET=1"),
            ("app/a b é.js", "1"),
            ("app/debug.log", "x"),
            ("app/node_modules/x/index.js", "1"),
            ("run.sh", "#!/bin/sh\n"),
        ] {
            fs::write(root.join(path), text).unwrap();
        }
        fs::set_permissions(root.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("../run.sh", root.join("app/inside")).unwrap();
        symlink("../../etc/passwd", root.join("app/outside")).unwrap();
        symlink("/etc", root.join("absolute")).unwrap();
        let found = walk_source(root).unwrap();
        let names: Vec<String> = found.files.iter().map(|file| file.display().to_string()).collect();
        assert_eq!(names, [".gitignore", "app/a b é.js", "app/inside", "run.sh"]);
        assert_eq!(found.outside, [PathBuf::from("absolute"), PathBuf::from("app/outside")]);

        let target = to.path().join("copy");
        assert_eq!(copy_source(root, &target, &found.files).unwrap().files, 4);
        assert_eq!(fs::read_link(target.join("app/inside")).unwrap(), Path::new("../run.sh"));
        assert_eq!(fs::metadata(target.join("run.sh")).unwrap().permissions().mode() & 0o777, 0o755);
        let digest = digest_source(root, &found.files).unwrap();
        assert_eq!(digest_source(&target, &found.files).unwrap(), digest);
        fs::set_permissions(target.join("run.sh"), fs::Permissions::from_mode(0o644)).unwrap();
        assert_ne!(digest_source(&target, &found.files).unwrap(), digest, "the mode counts");
    }
}
