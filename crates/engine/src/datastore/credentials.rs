//! The secrets of a datastore, in the vault of its scope.

use crate::driver::DatastoreRequest;
use crate::error::DriverError;
use host::paths::Home;
use model::Secret;
use model::event::FailureKind;
use vault::{SecretName, Vault};

/// Where a datastore's secrets are.
pub(crate) struct Credentials {
    pub(crate) home: Home,
}

impl Credentials {
    /// A random secret of the datastore, made on first use.
    ///
    /// # Errors
    /// When the vault cannot be opened or written.
    pub(crate) fn make(&self, request: &DatastoreRequest, field: &str) -> Result<Secret, DriverError> {
        self.vault(request)?.generate(&name(request, field)?, 24).map_err(|error| failed(&error))
    }

    /// A secret that was made before.
    ///
    /// # Errors
    /// When it was not, or the vault cannot be opened.
    pub(crate) fn get(&self, request: &DatastoreRequest, field: &str) -> Result<Secret, DriverError> {
        let found = self.vault(request)?.get(&name(request, field)?).map_err(|error| failed(&error))?;
        found.ok_or_else(|| {
            let message = format!("{} has no {field} in the vault: it was never provisioned", request.name);
            DriverError::new(FailureKind::Provision, message).advise("run `mainstay up`")
        })
    }

    fn vault(&self, request: &DatastoreRequest) -> Result<Vault, DriverError> {
        Vault::open(self.home.keys(), self.home.vault(&request.scope)).map_err(|error| failed(&error))
    }
}

fn name(request: &DatastoreRequest, field: &str) -> Result<SecretName, DriverError> {
    SecretName::field(&request.name, field)
        .map_err(|error| DriverError::new(FailureKind::Provision, error.to_string()))
}

fn failed(error: &vault::VaultError) -> DriverError {
    DriverError::new(FailureKind::Provision, error.to_string()).advise(error.advice())
}

/// The name of a program's user, database or bucket in a datastore: the project's, as far as that is allowed.
pub(crate) fn account(request: &DatastoreRequest) -> String {
    let name = request.scope.project.as_str().replace('-', "_");
    // Names that PostgreSQL keeps for itself, and those that would need quotes in a shell.
    if name == "postgres"
        || name == "template0"
        || name == "template1"
        || name.starts_with("pg_")
        || name.starts_with(|c: char| c.is_ascii_digit())
    {
        format!("app_{name}")
    } else {
        name
    }
}
