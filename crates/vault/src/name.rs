//! Names of secrets.

use model::id::{DatastoreName, NameError, ServiceName};
use std::fmt;
use std::str::FromStr;

/// `service/NAME` for a variable of a service, `datastore/field` for a field of a datastore.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName {
    owner: String,
    field: String,
}

/// A text that is no name of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretNameError {
    /// No `/` between owner and field.
    #[error("`{0}` is not of the form service/NAME")]
    Form(String),
    /// Before the `/` stands no name of a service or datastore.
    #[error(transparent)]
    Owner(#[from] NameError),
    /// After the `/` stands no name of a variable.
    #[error("`{0}` is not the name of a variable; use letters, digits, '_', '-' and '.'")]
    Field(String),
}

impl SecretName {
    /// A variable of a service.
    ///
    /// # Errors
    /// [`SecretNameError::Field`] when the variable's name is empty or has characters that no variable has.
    pub fn variable(service: &ServiceName, name: &str) -> Result<Self, SecretNameError> {
        Self::of(service.as_str(), name)
    }

    /// A field of a datastore, like its password.
    ///
    /// # Errors
    /// [`SecretNameError::Field`] when the field's name is empty or has characters that no field has.
    pub fn field(datastore: &DatastoreName, field: &str) -> Result<Self, SecretNameError> {
        Self::of(datastore.as_str(), field)
    }

    fn of(owner: &str, field: &str) -> Result<Self, SecretNameError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if field.is_empty() || !field.chars().all(allowed) {
            return Err(SecretNameError::Field(field.to_owned()));
        }
        Ok(Self { owner: owner.to_owned(), field: field.to_owned() })
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.field)
    }
}

impl FromStr for SecretName {
    type Err = SecretNameError;
    fn from_str(text: &str) -> Result<Self, SecretNameError> {
        let (owner, field) = text.split_once('/').ok_or_else(|| SecretNameError::Form(text.to_owned()))?;
        Self::variable(&ServiceName::new(owner)?, field)
    }
}
