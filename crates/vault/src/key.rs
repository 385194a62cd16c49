//! The key of this machine and user: 32 random bytes in a file of their own.

use crate::error::VaultError;
use crate::hex;
use host::files;
use ring::aead::{CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one process waits for another.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A key with a name for it that gives nothing away.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) cipher: LessSafeKey,
}

pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join("vault.key")
}

/// The key in a folder, or `None` when there is none yet.
pub(crate) fn read(folder: &Path) -> Result<Option<Key>, VaultError> {
    let path = path(folder);
    let text = match files::read_text(&path) {
        Ok(text) => text,
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind == ErrorKind::InvalidData => return Err(VaultError::BadKey(path)),
        Err(error) => return Err(error.into()),
    };
    let bytes = hex::decode(text.trim()).ok_or_else(|| VaultError::BadKey(path.clone()))?;
    let cipher = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| VaultError::BadKey(path))?;
    Ok(Some(Key { id: id(&bytes), cipher: LessSafeKey::new(cipher) }))
}

/// The key in a folder, made if there is none. Two processes that come at once get the same one.
pub(crate) fn read_or_make(folder: &Path) -> Result<Key, VaultError> {
    files::ensure_private_dir(folder)?;
    let path = path(folder);
    let _lock = files::lock(&folder.join("vault.key.lock"), PATIENCE)?
        .ok_or_else(|| VaultError::Busy(path.clone()))?;
    if let Some(key) = read(folder)? {
        return Ok(key);
    }
    let text = format!("{}\n", hex::encode(&random::<32>()?));
    files::write_atomic(&path, text.as_bytes(), 0o600)?;
    read(folder)?.ok_or(VaultError::BadKey(path))
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), VaultError> {
    SystemRandom::new().fill(bytes).map_err(|_| VaultError::Random)
}

/// The first eight digits of a hash over the key and our own word, so that it is the hash of nothing else.
fn id(key: &[u8]) -> String {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(b"mainstay vault key id");
    hash.update(key);
    hex::encode(&hash.finish().as_ref()[..4])
}
