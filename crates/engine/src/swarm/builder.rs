//! Releases as images that every node of a swarm can fetch: built here, sent to the environment's registry, and started by
//! their digests. A swarm of one node needs no registry.
//!
//! Beside a service's record of its image lies `pushed`, with the names that its images have in the registry.

use super::registry;
use crate::docker::DockerBuilder;
use crate::docker::client::Client;
use crate::docker::names;
use crate::driver::{BuildContext, Builder, Launch, Progress, Variables};
use crate::error::DriverError;
use host::files;
use model::id::{ReleaseId, Scope, ServiceName};
use model::manifest::Manifest;
use model::release::Source;
use model::unit::Port;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The builder of the `swarm` target.
pub(super) struct SwarmBuilder {
    pub(super) inner: DockerBuilder,
    pub(super) client: Arc<Client>,
}

/// The names in the registry of local images, by their ids.
type Pushed = BTreeMap<String, String>;

impl SwarmBuilder {
    fn record(&self, context: BuildContext<'_>, service: &ServiceName) -> PathBuf {
        let release = self.inner.home.release(&context.manifest.scope(), context.release);
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

    fn push(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        let Some(registry) = &context.manifest.environment.registry else { return Ok(()) };
        let scope = context.manifest.scope();
        let mut pushed = Pushed::new();
        let launch = self.inner.command(context, service, None)?;
        if let Some(image) = launch.image {
            let local = names::image(&scope, service, context.release, "");
            // `mainstay/PROJECT/ENVIRONMENT/SERVICE:RELEASE`, with the registry in the place of the first word.
            let (path, tag) = local.split_once(':').unwrap_or((&local, "latest"));
            let path = path.split_once('/').map_or(path, |(_, rest)| rest);
            let repository = format!("{}/{path}", registry.trim_end_matches('/'));
            let name = registry::push(&self.client, &image.id, &repository, tag, progress)?;
            pushed.insert(image.id, name);
        }
        let record = self.record(context, service);
        files::make_dir(record.parent().unwrap_or(&record), 0o700)?;
        let text = serde_json::to_string(&pushed).unwrap_or_default();
        Ok(files::write_atomic(&record, text.as_bytes(), 0o600)?)
    }
}

impl Builder for SwarmBuilder {
    fn source(&self, root: &Path) -> Result<Source, DriverError> {
        self.inner.source(root)
    }

    fn snapshot(
        &self,
        root: &Path,
        context: BuildContext<'_>,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        self.inner.snapshot(root, context, progress)
    }

    fn layer(&self, root: &Path, manifest: &Manifest, service: &ServiceName) -> Result<String, DriverError> {
        self.inner.layer(root, manifest, service)
    }

    fn layers(&self) -> Result<Vec<String>, DriverError> {
        self.inner.layers()
    }

    fn install(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        layer: &str,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        self.inner.install(context, service, layer, progress)
    }

    fn build(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        env: &Variables,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        self.inner.build(context, service, env, progress)?;
        self.push(context, service, progress)
    }

    fn lacks(&self, context: BuildContext<'_>) -> Result<Option<String>, DriverError> {
        let lacks = self.inner.lacks(context)?;
        if lacks.is_some() || context.manifest.environment.registry.is_none() {
            return Ok(lacks);
        }
        for service in context.manifest.services.keys() {
            if self.pushed(context, service)?.is_empty() {
                return Ok(Some(format!("the image of {service} was never sent to the registry")));
            }
        }
        Ok(None)
    }

    fn command(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        port: Option<Port>,
    ) -> Result<Launch, DriverError> {
        let mut launch = self.inner.command(context, service, port)?;
        let pushed = self.pushed(context, service)?;
        if let Some(image) = &mut launch.image {
            image.id = pushed.get(&image.id).cloned().unwrap_or_else(|| image.id.clone());
        }
        Ok(launch)
    }

    /// Tools run on this machine, from the local image.
    fn tool(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        line: &str,
    ) -> Result<Launch, DriverError> {
        self.inner.tool(context, service, line)
    }

    /// What is in the registry stays there: its own rules say how long.
    fn remove(&self, scope: &Scope, release: &ReleaseId) -> Result<(), DriverError> {
        let folder = self.inner.home.release(scope, release).join("pushed");
        for name in files::names(&folder).unwrap_or_default() {
            let text = files::read_text(&folder.join(name))?;
            for known in serde_json::from_str::<Pushed>(&text).unwrap_or_default().into_values() {
                let repository = known.split('@').next().unwrap_or_default();
                // Whatever still runs from it keeps it, under its id.
                let _kept = self.client.delete(&format!("/images/{repository}:{release}"))?;
            }
        }
        self.inner.remove(scope, release)
    }
}
