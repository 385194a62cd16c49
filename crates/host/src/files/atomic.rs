//! Writing so that a reader sees the old content or the new one, never half of it.

use super::FileError;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Puts `bytes` at `path` with `mode`; holds through a power cut. The folder must exist.
///
/// # Errors
/// When the machine refuses; what was at `path` is then untouched.
pub fn write_atomic(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    put(path, bytes, mode, true)
}

/// Like [`write_atomic`] but does not wait for the disk: for state that means nothing after a reboot.
///
/// # Errors
/// When the machine refuses; what was at `path` is then untouched.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    put(path, bytes, mode, false)
}

fn put(path: &Path, bytes: &[u8], mode: u32, durable: bool) -> Result<(), FileError> {
    let beside = beside(path);
    let written = fill(&beside, bytes, mode, durable).and_then(|()| std::fs::rename(&beside, path));
    if let Err(error) = written {
        let _ = std::fs::remove_file(&beside);
        return Err(FileError::of("write", path)(error));
    }
    if durable {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|dir| dir.sync_all()).map_err(FileError::of("sync", folder))?;
    }
    Ok(())
}

fn fill(path: &Path, bytes: &[u8], mode: u32, durable: bool) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(bytes)?;
    if durable { file.sync_all() } else { Ok(()) }
}

/// A name next to `path` that nobody else uses: hidden, with our process id and a count.
fn beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{name}.{}-{count}.tmp", std::process::id()))
}

/// Makes a folder, with those above it, that only its owner can look into. One that exists is closed to others.
///
/// # Errors
/// When the machine refuses.
pub fn ensure_private_dir(path: &Path) -> Result<(), FileError> {
    let failed = || FileError::of("make folder", path);
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed())?;
    std::fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed())
}
