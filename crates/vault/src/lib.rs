//! Secrets and settings: kept encrypted, resolved for a service, taken out of whatever is shown.

mod error;
mod hex;
mod key;
mod name;
pub mod redact;
mod sealed;
pub mod settings;
mod store;

pub use error::VaultError;
pub use name::{SecretName, SecretNameError};
pub use redact::Redactor;
pub use store::Vault;
