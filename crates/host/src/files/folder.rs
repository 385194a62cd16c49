//! Small steps with folders, links, modes and owners.

use super::FileError;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Makes a folder with those above it. `mode` is for the folders that are new.
///
/// # Errors
/// When the machine refuses.
pub fn make_dir(path: &Path, mode: u32) -> Result<(), FileError> {
    DirBuilder::new().recursive(true).mode(mode).create(path).map_err(FileError::of("make folder", path))
}

/// Names of what is in a folder, sorted; none when there is no such folder.
///
/// # Errors
/// When it is there and cannot be read.
pub fn names(folder: &Path) -> Result<Vec<String>, FileError> {
    let failed = || FileError::of("read folder", folder);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(failed())?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(failed())?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Gives a file or folder another name in the same file system.
///
/// # Errors
/// When the machine refuses.
pub fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).map_err(FileError::of("rename", from))
}

/// Puts a symbolic link to `target` at `at`, in place of a link or file that is there.
///
/// # Errors
/// When the machine refuses, or a folder is there.
pub fn link(target: &Path, at: &Path) -> Result<(), FileError> {
    if at.symlink_metadata().is_ok() {
        fs::remove_file(at).map_err(FileError::of("replace", at))?;
    }
    std::os::unix::fs::symlink(target, at).map_err(FileError::of("make link", at))
}

/// The place itself without any symbolic link on the way.
///
/// # Errors
/// When there is no such file or folder.
pub fn real_path(path: &Path) -> Result<PathBuf, FileError> {
    fs::canonicalize(path).map_err(FileError::of("find", path))
}

/// Sets who may do what with a file or folder.
///
/// # Errors
/// When it is not ours or not there.
pub fn set_mode(path: &Path, mode: u32) -> Result<(), FileError> {
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(FileError::of("set mode of", path))
}

/// Gives a file or folder to another user; only root can.
///
/// # Errors
/// When the machine refuses.
pub fn set_owner(path: &Path, uid: u32, gid: u32) -> Result<(), FileError> {
    std::os::unix::fs::lchown(path, Some(uid), Some(gid)).map_err(FileError::of("set owner of", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_replaces_a_link_and_never_a_folder() {
        let home = tempfile::tempdir().unwrap();
        let at = home.path().join("at");
        link(Path::new("one"), &at).unwrap();
        link(Path::new("two"), &at).unwrap();
        assert_eq!(fs::read_link(&at).unwrap(), Path::new("two"));
        make_dir(&home.path().join("folder"), 0o755).unwrap();
        assert!(link(Path::new("one"), &home.path().join("folder")).is_err());
        assert_eq!(names(home.path()).unwrap(), ["at", "folder"]);
        assert!(names(&home.path().join("none")).unwrap().is_empty());
    }
}
