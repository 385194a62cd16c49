//! Dependency layers: what a lock file asks for, made once and shared by every release that asks for the same.
//!
//! A layer is a folder named after a digest of all that decides what an installation gives. The file `complete` is written
//! last; a layer without it does not count and is made again.

use super::runtime::Found;
use super::site::under;
use super::{node, python};
use crate::error::DriverError;
use host::files;
use model::event::FailureKind;
use model::facts::{PackageManager, Runtime};
use model::manifest::Service;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for another deploy that makes the same layer.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Raised when layers are made in another way, so that older ones are not used.
const EDITION: &str = "1";

/// The name of the layer that a service asks for, with `root` as the repository's root.
///
/// # Errors
/// When a file that decides cannot be read.
pub(super) fn name(root: &Path, service: &Service, found: Option<&Found>) -> Result<String, DriverError> {
    let recipe = &service.build;
    let folder = under(root, &recipe.install_path);
    let runtime = recipe.runtime.as_ref().map(|line| line.name);
    let mut names = match runtime {
        Some(Runtime::Python) => {
            python::deciding_files(&folder, recipe.install.as_deref().unwrap_or_default())
        }
        Some(Runtime::Node | Runtime::Bun | Runtime::Deno) | None => node::deciding_files(&folder)?,
    };
    names.sort();
    names.dedup();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    add(EDITION);
    add(&files::digest_files(&folder, &names)?);
    if let Some(lockfile) = &recipe.lockfile {
        add(&files::digest_files(root, &[lockfile])?);
    }
    add(recipe.package_manager.map_or("", PackageManager::as_str));
    add(recipe.install.as_deref().unwrap_or_default());
    add(&recipe.install_path);
    add(&found.map(Found::line).unwrap_or_default());
    add(std::env::consts::OS);
    add(std::env::consts::ARCH);
    let digest: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}-{digest}", runtime.map_or("plain", Runtime::as_str)))
}

/// A layer that this process alone works on.
pub(super) struct Layer {
    /// Its folder.
    pub(super) folder: PathBuf,
    _lock: files::FileLock,
}

impl Layer {
    /// Takes a layer for this process, waiting for another one that makes it. Removes what a killed one left.
    ///
    /// # Errors
    /// When the folder of layers cannot be written, or someone holds the layer for very long.
    pub(super) fn take(layers: &Path, name: &str) -> Result<Self, DriverError> {
        files::make_dir(layers, 0o711)?;
        let lock = layers.join(format!(".{name}.lock"));
        let Some(held) = files::lock(&lock, PATIENCE)? else {
            let message = format!("dependency layer {name} is being made by someone else for very long");
            return Err(DriverError::new(FailureKind::Build, message)
                .advise(format!("look who holds it: `fuser {}`", lock.display())));
        };
        let layer = Self { folder: layers.join(name), _lock: held };
        if !layer.is_complete() {
            files::remove_tree(&layer.folder)?;
            files::make_dir(&layer.folder, 0o755)?;
        }
        Ok(layer)
    }

    pub(super) fn is_complete(&self) -> bool {
        self.folder.join("complete").exists()
    }

    /// From now on it counts.
    pub(super) fn complete(&self) -> Result<(), DriverError> {
        Ok(files::write_atomic(&self.folder.join("complete"), b"", 0o644)?)
    }
}

/// The layers that are there, complete.
///
/// # Errors
/// When the folder of layers cannot be read.
pub(super) fn all(layers: &Path) -> Result<Vec<String>, DriverError> {
    let mut names = files::names(layers)?;
    names.retain(|name| !name.starts_with('.') && layers.join(name).join("complete").exists());
    Ok(names)
}
