//! Releases as images: the repository as it was, and for every service an image built from it.
//!
//! A release's folder holds `source`, and `images` with a file a service: the ids of its image and, when its Dockerfile has
//! a stage for that, of the image that migrates. A release is complete when each of its services has one and all are there.

use super::build::Build;
use super::client::{Client, query};
use super::ignore::Ignore;
use super::inspect;
use super::names::{self, Labels};
use super::recipe::{self, Recipe, Recipes};
use super::shelf::Shelf;
use crate::driver::{BuildContext, Builder, Launch, Progress, Variables};
use crate::error::DriverError;
use crate::source;
use host::files;
use host::paths::Home;
use model::event::FailureKind;
use model::facts::ServiceKind;
use model::id::{ReleaseId, Scope, ServiceName};
use model::instance::Image;
use model::manifest::{Manifest, Service};
use model::release::Source;
use model::unit::Port;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The stage of a Dockerfile that migrates.
const MIGRATE: &str = "migrate";

/// The builder of targets with containers.
pub struct DockerBuilder {
    /// The engine.
    pub client: Arc<Client>,
    /// Where releases are kept.
    pub home: Home,
    /// Writes the Dockerfiles that the repository does not have.
    pub recipes: Recipes,
    /// Where images are put for other machines, if there may be some.
    pub(crate) shelf: Option<Shelf>,
}

/// What was built of a service.
#[derive(Debug, Serialize, Deserialize)]
struct Built {
    image: String,
    migrate: Option<String>,
}

impl DockerBuilder {
    fn folder(&self, scope: &Scope, release: &ReleaseId) -> PathBuf {
        self.home.release(scope, release)
    }

    fn record(&self, scope: &Scope, release: &ReleaseId, service: &ServiceName) -> PathBuf {
        self.folder(scope, release).join("images").join(format!("{service}.json"))
    }

    fn built(&self, context: BuildContext<'_>, service: &ServiceName) -> Result<Option<Built>, DriverError> {
        let path = self.record(&context.manifest.scope(), context.release, service);
        if !path.exists() {
            return Ok(None);
        }
        // A file that was cut off says nothing.
        Ok(serde_json::from_str(&files::read_text(&path)?).ok())
    }

    fn known(&self, context: BuildContext<'_>, service: &ServiceName) -> Result<Built, DriverError> {
        self.built(context, service)?.ok_or_else(|| {
            let message = format!("release {} has no image of {service}", context.release);
            DriverError::new(FailureKind::Start, message).advise("deploy again to build it anew")
        })
    }

    fn image(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        id: String,
    ) -> Result<Image, DriverError> {
        let about = about(context.manifest, service)?;
        let said =
            inspect::image(&self.client, &id)?.and_then(|image| image.config).unwrap_or_default().ports();
        // Who serves only files is not told where to listen. What the image says of it is right unless it says several things.
        let is_told = |env: &Option<String>| env.is_some() && about.kind != ServiceKind::Static;
        let port = about.port.as_ref().map(|port| match said.as_slice() {
            [only] if !is_told(&port.env) => Port(*only),
            _ => port.number,
        });
        let listening = context.manifest.services.iter().filter(|(_, other)| other.port.is_some());
        Ok(Image {
            id,
            port,
            hosts: listening.map(|(name, _)| name.clone()).collect(),
            publish: context.manifest.environment.publish,
        })
    }

    fn labels(context: BuildContext<'_>, service: &ServiceName, recipe: &Recipe) -> Labels {
        let mut labels = names::of_scope(&context.manifest.scope());
        labels.insert(names::SERVICE.into(), service.to_string());
        if recipe.is_ours {
            labels.insert(names::ROOT.into(), "read-only".into());
        }
        labels
    }
}

impl Builder for DockerBuilder {
    fn source(&self, root: &Path) -> Result<Source, DriverError> {
        source::look(root)
    }

    fn snapshot(
        &self,
        root: &Path,
        context: BuildContext<'_>,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        let scope = context.manifest.scope();
        let release = self.folder(&scope, context.release);
        files::remove_tree(&release)?;
        files::ensure_private_dir(&self.home.releases(&scope))?;
        files::make_dir(&release, 0o711)?;
        let copied = source::copy(root, &release.join("source"), progress);
        if copied.is_err() {
            files::remove_tree(&release)?;
        }
        copied
    }

    /// BuildKit keeps layers itself.
    fn layer(&self, _: &Path, _: &Manifest, _: &ServiceName) -> Result<String, DriverError> {
        Ok(String::new())
    }

    fn layers(&self) -> Result<Vec<String>, DriverError> {
        Ok(Vec::new())
    }

    fn install(
        &self,
        _: BuildContext<'_>,
        _: &ServiceName,
        _: &str,
        _: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        Ok(())
    }

    fn build(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        env: &Variables,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        let scope = context.manifest.scope();
        let about = about(context.manifest, service)?;
        let root = self.folder(&scope, context.release).join("source");
        let recipe = recipe::of(&self.recipes, &root, context.manifest, service)?;
        let given = recipe.given(service, about, env)?;
        let labels = Self::labels(context, service, &recipe);
        let make = |target: Option<&str>, role: &str, progress: &mut dyn Progress| {
            let build = Build {
                title: format!("the image of {service}{role}"),
                context: recipe.folder(&root),
                ignore: Ignore::read(&recipe.ignore),
                dockerfile: &recipe.dockerfile,
                sent: &recipe.sent,
                target,
                tag: &names::image(&scope, service, context.release, role),
                arguments: &given.arguments,
                secrets: &given.secrets,
                mounts_secrets: recipe.mounts_secrets,
                labels: &labels,
            };
            build.run(&self.client, progress)
        };
        let image = make(None, "", progress)?;
        let migrate = about.migrations.is_some() && recipe.stages.iter().any(|stage| stage == MIGRATE);
        let migrate = if migrate { Some(make(Some(MIGRATE), "-migrate", progress)?) } else { None };
        let built = Built { image, migrate };
        let record = self.record(&scope, context.release, service);
        files::make_dir(record.parent().unwrap_or(&record), 0o700)?;
        let text = serde_json::to_string(&built).unwrap_or_default();
        files::write_atomic(&record, text.as_bytes(), 0o600)?;
        match &self.shelf {
            Some(shelf) => shelf.send(context, service, &built.image, progress),
            None => Ok(()),
        }
    }

    fn lacks(&self, context: BuildContext<'_>) -> Result<Option<String>, DriverError> {
        let folder = self.folder(&context.manifest.scope(), context.release);
        if !folder.join("source").is_dir() {
            return Ok(Some(format!("{} has no files", folder.display())));
        }
        for service in context.manifest.services.keys() {
            let Some(built) = self.built(context, service)? else {
                return Ok(Some(format!("the image of {service} was never made")));
            };
            for id in std::iter::once(&built.image).chain(&built.migrate) {
                if inspect::image(&self.client, id)?.is_none() {
                    return Ok(Some(format!(
                        "the image of {service} ({id}) was removed from the Docker Engine"
                    )));
                }
            }
        }
        self.shelf.as_ref().map_or(Ok(None), |shelf| shelf.lacks(context))
    }

    fn command(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        _: Option<Port>,
    ) -> Result<Launch, DriverError> {
        let id = self.known(context, service)?.image;
        let mut image = self.image(context, service, id)?;
        if let Some(shelf) = &self.shelf {
            image.id = shelf.name(context, service, image.id)?;
        }
        Ok(launch(Vec::new(), image))
    }

    /// Tools run on this machine, from the local image.
    fn tool(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        line: &str,
    ) -> Result<Launch, DriverError> {
        let built = self.known(context, service)?;
        let (id, command) = match built.migrate {
            Some(id) => (id, Vec::new()),
            None => (built.image, vec!["/bin/sh".into(), "-c".into(), line.to_owned()]),
        };
        Ok(launch(command, self.image(context, service, id)?))
    }

    fn remove(&self, scope: &Scope, release: &ReleaseId) -> Result<(), DriverError> {
        if let Some(shelf) = &self.shelf {
            shelf.forget(scope, release)?;
        }
        let folder = self.folder(scope, release);
        for name in files::names(&folder.join("images")).unwrap_or_default() {
            let Some(service) = name.strip_suffix(".json").and_then(|name| name.parse::<ServiceName>().ok())
            else {
                continue;
            };
            let text = files::read_text(&folder.join("images").join(&name))?;
            let Ok(built) = serde_json::from_str::<Built>(&text) else { continue };
            self.untag(&names::image(scope, &service, release, ""), &built.image)?;
            if let Some(id) = &built.migrate {
                self.untag(&names::image(scope, &service, release, "-migrate"), id)?;
            }
        }
        Ok(files::remove_tree(&folder)?)
    }
}

impl DockerBuilder {
    /// Takes a release's tag from its image; the engine removes an image with its last tag, so one that another release
    /// has too stays. A tag that somebody moved elsewhere is theirs.
    fn untag(&self, tag: &str, id: &str) -> Result<(), DriverError> {
        if inspect::image(&self.client, tag)?.is_none_or(|image| image.id != id) {
            return Ok(());
        }
        // Whatever still runs from it keeps it, under its id.
        let _kept = self.client.delete(&query(&format!("/images/{tag}"), &[("noprune", "false")]))?;
        Ok(())
    }
}

fn launch(command: Vec<String>, image: Image) -> Launch {
    Launch { command, directory: "/".into(), env: BTreeMap::new(), image: Some(image) }
}

fn about<'a>(manifest: &'a Manifest, service: &ServiceName) -> Result<&'a Service, DriverError> {
    manifest.services.get(service).ok_or_else(|| {
        DriverError::new(FailureKind::Build, format!("there is no service {service} in this release"))
            .advise("make the plan again")
    })
}
