//! Copying and removing whole folders.

use super::FileError;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

const THREADS: usize = 2;

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copied {
    /// Files and symbolic links.
    pub files: u64,
    /// Bytes of the files.
    pub bytes: u64,
}

/// Copies a folder with everything in it: modes, times of change (Python's caches depend on them) and symbolic links
/// stay as they are; sockets, pipes and devices are left out. `keep` is asked with each path relative to `from`; a
/// folder that is not kept is not entered. Files that exist in `to` are overwritten. Blocks are shared where the
/// file system can.
///
/// # Errors
/// When something cannot be read or written; part of the copy is then there.
pub fn copy_tree(
    from: &Path,
    to: &Path,
    keep: Option<&(dyn Fn(&Path) -> bool + Sync)>,
) -> Result<Copied, FileError> {
    let mut listing = Listing::default();
    list(from, Path::new(""), keep, &mut listing)?;
    fs::create_dir_all(to).map_err(FileError::of("make folder", to))?;
    for (folder, _) in &listing.folders {
        let path = to.join(folder);
        fs::create_dir_all(&path).map_err(FileError::of("make folder", &path))?;
    }
    let copied = copy_files(from, to, &listing.files)?;
    // Deepest first and last of all: a folder that nobody may write to has to be filled before.
    for (folder, mode) in listing.folders.iter().rev() {
        let path = to.join(folder);
        fs::set_permissions(&path, Permissions::from_mode(*mode))
            .map_err(FileError::of("set mode of", &path))?;
    }
    Ok(copied)
}

#[derive(Default)]
struct Listing {
    /// Parents before children, with their modes.
    folders: Vec<(PathBuf, u32)>,
    files: Vec<PathBuf>,
}

fn list(
    root: &Path,
    folder: &Path,
    keep: Option<&(dyn Fn(&Path) -> bool + Sync)>,
    listing: &mut Listing,
) -> Result<(), FileError> {
    let place = root.join(folder);
    let failed = || FileError::of("read folder", &place);
    for entry in fs::read_dir(&place).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let path = folder.join(entry.file_name());
        if keep.is_some_and(|keep| !keep(&path)) {
            continue;
        }
        let kind = entry.file_type().map_err(failed())?;
        if kind.is_dir() {
            let mode = entry.metadata().map_err(failed())?.mode() & 0o7777;
            listing.folders.push((path.clone(), mode));
            list(root, &path, keep, listing)?;
        } else if kind.is_file() || kind.is_symlink() {
            listing.files.push(path);
        }
    }
    Ok(())
}

pub(super) fn copy_files(from: &Path, to: &Path, files: &[PathBuf]) -> Result<Copied, FileError> {
    let next = AtomicUsize::new(0);
    let bytes = AtomicU64::new(0);
    let failed = AtomicBool::new(false);
    let failure = Mutex::new(None);
    let work = || {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            if failed.load(Ordering::Relaxed) {
                return;
            }
            match copy_one(&from.join(file), &to.join(file)) {
                Ok(size) => _ = bytes.fetch_add(size, Ordering::Relaxed),
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..THREADS {
            scope.spawn(work);
        }
        work();
    });
    match failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(Copied { files: files.len() as u64, bytes: bytes.into_inner() }),
    }
}

fn copy_one(from: &Path, to: &Path) -> Result<u64, FileError> {
    let meta = fs::symlink_metadata(from).map_err(FileError::of("read", from))?;
    if meta.is_symlink() {
        let target = fs::read_link(from).map_err(FileError::of("read link", from))?;
        let placed = match std::os::unix::fs::symlink(&target, to) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(to).and_then(|()| std::os::unix::fs::symlink(&target, to))
            }
            other => other,
        };
        placed.map_err(FileError::of("make link", to))?;
        return Ok(0);
    }
    let size = fs::copy(from, to).map_err(|error| match error.kind() {
        // `copy` does not say which side it was.
        io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound => FileError::of("copy", from)(error),
        _ => FileError::of("write", to)(error),
    })?;
    keep_time(to, &meta).map_err(FileError::of("set time of", to))?;
    Ok(size)
}

fn keep_time(path: &Path, meta: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    let times = [
        libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_OMIT },
        libc::timespec { tv_sec: meta.mtime(), tv_nsec: meta.mtime_nsec() },
    ];
    // SAFETY: the name ends with NUL and the array has the two entries that the call reads.
    if unsafe { libc::utimensat(libc::AT_FDCWD, name.as_ptr(), times.as_ptr(), 0) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Removes a file, a link or a folder with everything in it, also folders that were made read-only. What is not there
/// is removed already.
///
/// # Errors
/// When the machine refuses.
pub fn remove_tree(path: &Path) -> Result<(), FileError> {
    // Someone may still be writing into it (a process that is just ending), so a few tries are made.
    for _ in 0..3 {
        match remove_once(path) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => open_folders(path),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            other => return other.map_err(FileError::of("remove", path)),
        }
    }
    remove_once(path).map_err(FileError::of("remove", path))
}

fn remove_once(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn open_folders(path: &Path) {
    let _ = fs::set_permissions(path, Permissions::from_mode(0o700));
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_folders(&entry.path());
        }
    }
}
