//! Digests of files.

use super::FileError;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::Path;

/// SHA-256, in hexadecimal, of the names and contents of files under `root`. Files that are absent count as such, so
/// that one which appears later changes the digest.
///
/// # Errors
/// When a file that exists cannot be read.
pub fn digest_files(root: &Path, files: &[&str]) -> Result<String, FileError> {
    let mut hash = Sha256::new();
    for name in files {
        let path = root.join(name);
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        match File::open(&path) {
            Ok(mut file) => {
                let mut content = Sha256::new();
                std::io::copy(&mut file, &mut content).map_err(FileError::of("read", &path))?;
                hash.update([1]);
                hash.update(content.finalize());
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => hash.update([0]),
            Err(error) => return Err(FileError::of("read", &path)(error)),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
