//! What only a build needs does not stay in the release: a built site or a standalone server brings along what it runs with.

use super::site::Site;
use crate::error::DriverError;
use host::files;
use model::facts::ServiceKind;
use model::manifest::Service;

/// Removes the dependencies of a built service that runs without them. Those that other services share stay.
///
/// # Errors
/// When they cannot be removed.
pub(super) fn drop_dependencies(site: &Site<'_>) -> Result<(), DriverError> {
    if runs_without(site.service) && site.sharing().count() == 1 {
        files::remove_tree(&site.install_directory().join("node_modules"))?;
        files::remove_tree(&site.directory().join(".next/cache"))?;
    }
    Ok(())
}

fn runs_without(service: &Service) -> bool {
    let standalone = service.start.as_deref().is_some_and(|start| start.contains(".next/standalone/"));
    service.migrations.is_none() && (service.kind == ServiceKind::Static || standalone)
}
