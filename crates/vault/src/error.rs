//! What can go wrong with the vault. No message holds a value.

use crate::name::{SecretName, SecretNameError};
use host::files::FileError;
use model::ExitKind;
use std::path::PathBuf;

/// Why the vault could not be read or changed. It is as it was before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// There are secrets but not the key to them.
    #[error("the vault {} was encrypted with key {wanted}, but there is no key at {}", file.display(), key.display())]
    NoKey {
        /// The vault's file.
        file: PathBuf,
        /// Where the key should be.
        key: PathBuf,
        /// The id of the key that it was encrypted with.
        wanted: String,
    },
    /// There is another key than the one that the secrets were encrypted with.
    #[error("the vault {} was encrypted with key {wanted}, but {} holds key {given}", file.display(), key.display())]
    WrongKey {
        /// The vault's file.
        file: PathBuf,
        /// Where the key is.
        key: PathBuf,
        /// The id of the key that it was encrypted with.
        wanted: String,
        /// The id of the key that is there.
        given: String,
    },
    /// The key's file does not hold a key.
    #[error("{} does not hold a key: 64 hexadecimal digits are expected", .0.display())]
    BadKey(PathBuf),
    /// The file was changed or cut.
    #[error("the vault {} is damaged: {reason}", file.display())]
    Damaged {
        /// The vault's file.
        file: PathBuf,
        /// How it shows.
        reason: &'static str,
    },
    /// Written by a newer Mainstay.
    #[error("the vault {} has format {found}, this version reads up to {known}", file.display())]
    Newer {
        /// The vault's file.
        file: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this version knows.
        known: u32,
    },
    /// Someone else has been writing all the time.
    #[error("the vault {} is in use by another process that does not finish writing", .0.display())]
    Busy(PathBuf),
    /// A name that no secret can have.
    #[error(transparent)]
    Name(#[from] SecretNameError),
    /// A value that no variable can have.
    #[error("the value for {0} holds a zero byte, which no variable can")]
    Value(SecretName),
    /// The machine gave no random bytes.
    #[error("the machine gives no random bytes")]
    Random,
}

impl VaultError {
    /// What this means for the exit code.
    pub const fn kind(&self) -> ExitKind {
        match self {
            Self::Name(_) | Self::Value(_) => ExitKind::BadInput,
            Self::File(_)
            | Self::NoKey { .. }
            | Self::WrongKey { .. }
            | Self::BadKey(_)
            | Self::Damaged { .. }
            | Self::Newer { .. }
            | Self::Busy(_)
            | Self::Random => ExitKind::Refused,
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> String {
        match self {
            Self::File(error) => match error.kind {
                std::io::ErrorKind::StorageFull => "free some space on that disk".to_owned(),
                _ => format!("give your user access to {}", error.path.display()),
            },
            Self::NoKey { key, wanted, .. } | Self::WrongKey { key, wanted, .. } => {
                format!(
                    "put the key {wanted} back at {}, or move the vault aside and set its secrets anew",
                    key.display()
                )
            }
            Self::BadKey(key) => format!("restore {} from a backup", key.display()),
            Self::Damaged { file, .. } => {
                format!("restore {} from a backup, or move it aside and set its secrets anew", file.display())
            }
            Self::Newer { .. } => "use the Mainstay version that wrote it, or a later one".to_owned(),
            Self::Busy(file) => {
                format!("see who has it open with `fuser {}.lock`, then try again", file.display())
            }
            Self::Name(_) => "name it like api/STRIPE_KEY".to_owned(),
            Self::Value(_) => "encode the value, for example as base64".to_owned(),
            Self::Random => "check that /dev/urandom can be read".to_owned(),
        }
    }
}
