//! The secrets of one scope.

use crate::error::VaultError;
use crate::name::SecretName;
use crate::{hex, key, sealed};
use host::files;
use model::Secret;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The secrets of one scope in one encrypted file. It is read anew each time, so several processes may use it at once.
#[derive(Debug, Clone)]
pub struct Vault {
    keys: PathBuf,
    file: PathBuf,
}

impl Vault {
    /// The vault at `file`, opened by the key in the folder `keys`. Neither needs to be there: both are made by the first write.
    ///
    /// # Errors
    /// [`VaultError`] when there is a vault that cannot be opened: no key, another key, damaged, of a newer format.
    pub fn open(keys: impl Into<PathBuf>, file: impl Into<PathBuf>) -> Result<Self, VaultError> {
        let vault = Self { keys: keys.into(), file: file.into() };
        vault.all()?;
        Ok(vault)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Every secret.
    ///
    /// # Errors
    /// [`VaultError`] when the vault cannot be opened.
    pub fn all(&self) -> Result<BTreeMap<SecretName, Secret>, VaultError> {
        let damaged =
            |_| VaultError::Damaged { file: self.file.clone(), reason: "it holds a name that is none" };
        let load = self.load()?.into_iter();
        load.map(|(name, value)| Ok((name.parse().map_err(damaged)?, value))).collect()
    }

    /// One secret.
    ///
    /// # Errors
    /// [`VaultError`] when the vault cannot be opened.
    pub fn get(&self, name: &SecretName) -> Result<Option<Secret>, VaultError> {
        Ok(self.load()?.remove(&name.to_string()))
    }

    /// The names of all secrets.
    ///
    /// # Errors
    /// [`VaultError`] when the vault cannot be opened.
    pub fn names(&self) -> Result<BTreeSet<SecretName>, VaultError> {
        Ok(self.all()?.into_keys().collect())
    }

    /// Puts a secret in, in place of an earlier one of that name.
    ///
    /// # Errors
    /// [`VaultError`] when the value has a zero byte, or the vault cannot be opened or written; it is then unchanged.
    pub fn set(&self, name: &SecretName, value: Secret) -> Result<(), VaultError> {
        if value.expose().contains('\0') {
            return Err(VaultError::Value(name.clone()));
        }
        self.change(|values| {
            values.insert(name.to_string(), value);
        })
    }

    /// Takes a secret out. Says whether it was there.
    ///
    /// # Errors
    /// [`VaultError`] when the vault cannot be opened or written; it is then unchanged.
    pub fn remove(&self, name: &SecretName) -> Result<bool, VaultError> {
        let mut was = false;
        self.change(|values| was = values.remove(&name.to_string()).is_some())?;
        Ok(was)
    }

    /// Makes a secret of so many random bytes, in hexadecimal digits. One that is there stays and is returned.
    ///
    /// # Errors
    /// [`VaultError`] when the vault cannot be opened or written; it is then unchanged.
    pub fn generate(&self, name: &SecretName, bytes: u16) -> Result<Secret, VaultError> {
        let mut random = vec![0; usize::from(bytes)];
        key::fill(&mut random)?;
        let mut kept = Secret::new(hex::encode(&random));
        self.change(|values| kept = values.entry(name.to_string()).or_insert_with(|| kept.clone()).clone())?;
        Ok(kept)
    }

    fn load(&self) -> Result<BTreeMap<String, Secret>, VaultError> {
        let text = match files::read_text(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) if error.kind == ErrorKind::InvalidData => {
                return Err(VaultError::Damaged { file: self.file.clone(), reason: "it is no text" });
            }
            Err(error) => return Err(error.into()),
        };
        let sealed = sealed::parse(&self.file, &text)?;
        let (file, path) = (self.file.clone(), key::path(&self.keys));
        match key::read(&self.keys)? {
            Some(key) if key.id == sealed.key => sealed.open(&self.file, &key),
            Some(key) => Err(VaultError::WrongKey { file, key: path, wanted: sealed.key, given: key.id }),
            None => Err(VaultError::NoKey { file, key: path, wanted: sealed.key }),
        }
    }

    /// Reads, changes and writes while nobody else does. A change that changes nothing does not touch the file.
    fn change(&self, work: impl FnOnce(&mut BTreeMap<String, Secret>)) -> Result<(), VaultError> {
        if let Some(folder) = self.file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            files::make_dir(folder, 0o700)?;
        }
        let mut lock = self.file.clone().into_os_string();
        lock.push(".lock");
        let _lock = files::lock(Path::new(&lock), key::PATIENCE)?
            .ok_or_else(|| VaultError::Busy(self.file.clone()))?;
        // First the old content, so that a missing key is an error and not a reason to make another.
        let before = self.load()?;
        let mut after = before.clone();
        work(&mut after);
        let same = before.len() == after.len()
            && before.iter().zip(&after).all(|(a, b)| a.0 == b.0 && a.1.expose() == b.1.expose());
        if same {
            return Ok(());
        }
        let key = key::read_or_make(&self.keys)?;
        files::write_atomic(&self.file, sealed::seal(&key, &after)?.as_bytes(), 0o600)?;
        Ok(())
    }
}
