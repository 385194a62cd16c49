//! Files and folders, with the guarantees that the rest relies on.

mod archive;
mod atomic;
mod digest;
mod folder;
mod lock;
mod source;
mod tree;

pub use archive::Archive;
pub use atomic::{ensure_private_dir, replace, write_atomic};
pub use digest::digest_files;
pub use folder::{link, make_dir, names, real_path, rename, set_mode, set_owner};
pub use lock::{FileLock, lock, try_lock};
pub use source::{SourceFiles, choose_source, copy_source, digest_source, walk_source};
pub use tree::{Copied, copy_tree, remove_tree};

use std::io;
use std::path::{Path, PathBuf};

/// A file or folder could not be read, written, copied or removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot {action} {}: {reason}", path.display())]
pub struct FileError {
    /// What was tried: a verb, `write`.
    pub action: &'static str,
    /// Where.
    pub path: PathBuf,
    /// The machine's words.
    pub reason: String,
    /// The kind of refusal, to tell a full disk from a missing folder.
    pub kind: io::ErrorKind,
}

impl FileError {
    /// From what the machine said, for `map_err`.
    pub fn of(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| {
            let text = error.to_string();
            let reason = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
            Self { action, path: path.to_owned(), reason, kind: error.kind() }
        }
    }
}

/// The text of a file.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path).map_err(FileError::of("read", path))
}

/// Bytes that may still be written where `path` is or would be.
///
/// # Errors
/// When the file system does not say.
pub fn free_bytes(path: &Path) -> Result<u64, FileError> {
    use std::os::unix::ffi::OsStrExt;
    let existing = path.ancestors().find(|place| place.exists()).unwrap_or(Path::new("/"));
    let failed = FileError::of("ask for free space at", existing);
    let Ok(name) = std::ffi::CString::new(existing.as_os_str().as_bytes()) else {
        return Err(failed(io::ErrorKind::InvalidInput.into()));
    };
    let mut answer = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: both pointers are valid; the answer is read only when the call says that it was filled in.
    let answer = unsafe {
        if libc::statvfs(name.as_ptr(), answer.as_mut_ptr()) != 0 {
            return Err(failed(io::Error::last_os_error()));
        }
        answer.assume_init()
    };
    Ok(answer.f_bavail.saturating_mul(answer.f_frsize))
}
