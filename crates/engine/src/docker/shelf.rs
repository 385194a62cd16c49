//! Images that other machines fetch: sent to the environment's registry, and started by their digests. A swarm of one node
//! needs no registry.
//!
//! Beside a service's record of its image lies `pushed`, with the names that its images have in the registry.

use super::client::Client;
use super::{names, registry};
use crate::driver::{BuildContext, Progress};
use crate::error::DriverError;
use host::files;
use host::paths::Home;
use model::id::{ReleaseId, Scope, ServiceName};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Where images are kept for other machines.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    /// The engine.
    pub(crate) client: Arc<Client>,
    /// Where releases are kept.
    pub(crate) home: Home,
}

/// The names in the registry of local images, by their ids.
type Pushed = BTreeMap<String, String>;

impl Shelf {
    fn record(&self, context: BuildContext<'_>, service: &ServiceName) -> PathBuf {
        let release = self.home.release(&context.manifest.scope(), context.release);
        release.join("pushed").join(format!("{service}.json"))
    }

    /// What was sent; nothing when there is no registry.
    fn pushed(&self, context: BuildContext<'_>, service: &ServiceName) -> Result<Pushed, DriverError> {
        let path = self.record(context, service);
        if !path.exists() {
            return Ok(Pushed::new());
        }
        // A file that was cut off says nothing.
        Ok(serde_json::from_str(&files::read_text(&path)?).unwrap_or_default())
    }

    /// Sends a service's image, a local one by its id, to the registry, if there is one.
    ///
    /// # Errors
    /// When the registry refuses.
    pub(super) fn send(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        id: &str,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        let Some(registry) = &context.manifest.environment.registry else { return Ok(()) };
        let local = names::image(&context.manifest.scope(), service, context.release, "");
        // `mainstay/PROJECT/ENVIRONMENT/SERVICE:RELEASE`, with the registry in the place of the first word.
        let (path, tag) = local.split_once(':').unwrap_or((&local, "latest"));
        let path = path.split_once('/').map_or(path, |(_, rest)| rest);
        let repository = format!("{}/{path}", registry.trim_end_matches('/'));
        let name = registry::push(&self.client, id, &repository, tag, progress)?;
        let record = self.record(context, service);
        files::make_dir(record.parent().unwrap_or(&record), 0o700)?;
        let text = serde_json::to_string(&Pushed::from([(id.to_owned(), name)])).unwrap_or_default();
        Ok(files::write_atomic(&record, text.as_bytes(), 0o600)?)
    }

    /// What other machines call a local image of a service; its id when it was never sent.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub(super) fn name(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        id: String,
    ) -> Result<String, DriverError> {
        Ok(self.pushed(context, service)?.remove(&id).unwrap_or(id))
    }

    /// What other machines lack of a release; `None` when there is nothing.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub(super) fn lacks(&self, context: BuildContext<'_>) -> Result<Option<String>, DriverError> {
        if context.manifest.environment.registry.is_none() {
            return Ok(None);
        }
        for service in context.manifest.services.keys() {
            if self.pushed(context, service)?.is_empty() {
                return Ok(Some(format!("the image of {service} was never sent to the registry")));
            }
        }
        Ok(None)
    }

    /// Takes away what a release's images are called in the registry. What is there stays there: its own rules say how long.
    ///
    /// # Errors
    /// When the record cannot be read, or the engine not be asked.
    pub(super) fn forget(&self, scope: &Scope, release: &ReleaseId) -> Result<(), DriverError> {
        let folder = self.home.release(scope, release).join("pushed");
        for name in files::names(&folder).unwrap_or_default() {
            let text = files::read_text(&folder.join(name))?;
            for known in serde_json::from_str::<Pushed>(&text).unwrap_or_default().into_values() {
                let repository = known.split('@').next().unwrap_or_default();
                // Whatever still runs from it keeps it, under its id.
                let _kept = self.client.delete(&format!("/images/{repository}:{release}"))?;
            }
        }
        Ok(())
    }
}
