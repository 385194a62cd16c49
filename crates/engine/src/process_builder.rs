//! Builds releases for plain processes: a copy of the repository with its dependencies and what its build made.

mod command;
mod layer;
mod lean;
mod next;
mod node;
mod python;
mod runtime;
mod script;
mod site;
mod tools;
mod words;
mod work;

use crate::driver::{BuildContext, Builder, Launch, Progress, Variables};
use crate::error::DriverError;
use crate::source;
use host::files;
use host::paths::Home;
use model::Secret;
use model::facts::{Framework, Runtime};
use model::id::{ReleaseId, Scope, ServiceName};
use model::manifest::{Manifest, Service};
use model::release::Source;
use model::unit::Port;
use runtime::{Found, Runtimes};
use site::{Part, Site};
use std::path::{Path, PathBuf};
use work::Work;

/// The builder of the `process` target.
#[derive(Debug)]
pub struct ProcessBuilder {
    home: Home,
    binary: PathBuf,
    runtimes: Runtimes,
}

impl ProcessBuilder {
    /// A builder that keeps everything in `home`. `binary` is Mainstay's own, which serves the files of static services.
    pub fn new(home: Home, binary: PathBuf) -> Self {
        Self { home, binary, runtimes: Runtimes::default() }
    }

    fn interpreter(&self, service: &Service) -> Result<Option<Found>, DriverError> {
        service.build.runtime.as_ref().map(|line| self.runtimes.find(line)).transpose()
    }

    fn work<'a>(
        &'a self,
        context: BuildContext<'a>,
        service: &'a ServiceName,
        layer: &'a str,
    ) -> Result<Work<'a>, DriverError> {
        let site = Site::new(&self.home, context, service)?;
        let found = self.interpreter(site.service)?;
        Ok(Work { home: &self.home, site, found, layers: self.home.layers(), layer })
    }

    fn copy(
        &self,
        root: &Path,
        context: BuildContext<'_>,
        release: &Path,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        files::ensure_private_dir(&self.home.releases(&context.manifest.scope()))?;
        let pending = site::pending(release);
        for folder in [release, &pending, &release.join("home")] {
            files::make_dir(folder, 0o711)?;
        }
        for part in site::parts(context.manifest) {
            files::write_atomic(&pending.join(part), b"", 0o600)?;
        }
        source::copy(root, &site::source(release), progress)
    }
}

impl Builder for ProcessBuilder {
    fn source(&self, root: &Path) -> Result<Source, DriverError> {
        source::look(root)
    }

    fn snapshot(
        &self,
        root: &Path,
        context: BuildContext<'_>,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        let release = self.home.release(&context.manifest.scope(), context.release);
        files::remove_tree(&release)?;
        let copied = self.copy(root, context, &release, progress);
        if copied.is_err() {
            files::remove_tree(&release)?;
        }
        copied
    }

    fn layer(&self, root: &Path, manifest: &Manifest, service: &ServiceName) -> Result<String, DriverError> {
        let service = site::service(manifest, service)?;
        layer::name(root, service, self.interpreter(service)?.as_ref())
    }

    fn layers(&self) -> Result<Vec<String>, DriverError> {
        layer::all(&self.home.layers())
    }

    fn install(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        layer: &str,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        let work = self.work(context, service, layer)?;
        let recipe = &work.site.service.build;
        let part = Part::Install(work.site.service);
        let Some(command) = recipe.install.as_deref().filter(|_| work.site.is_pending(part)) else {
            return Ok(());
        };
        // The repository may have changed since the plan named the layer; then it gets the layer of what was copied.
        let actual = layer::name(&work.site.source(), work.site.service, work.found.as_ref())?;
        let work = Work { layer: &actual, ..work };
        match &recipe.runtime {
            Some(line) if line.name == Runtime::Python => python::install(&work, line, command, progress)?,
            Some(_) | None => node::install(&work, command, progress)?,
        }
        work.site.done(part)
    }

    fn build(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        env: &Variables,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        let work = self.work(context, service, "")?;
        let directory = work.site.directory();
        if let Some(command) = &work.site.service.build.command {
            let mut environment = work.environment(tools::for_manager(&work, progress)?.as_deref());
            environment.insert("HOME".into(), Secret::new(work.site.release.join("home").to_string_lossy()));
            environment.extend(env.clone());
            // Most of what a build is given ends up in public files; only secrets are kept out of its words.
            let known = work.site.service;
            let open = |name: &String| known.env.contains_key(name) && !known.is_secret(name);
            let secrets =
                env.iter().filter(|(name, _)| !open(name)).map(|(name, value)| (name.clone(), value.clone()));
            work.run_hiding(command, &directory, environment, &secrets.collect(), progress)?;
        }
        if work.site.service.framework == Some(Framework::NextJs) {
            next::complete_standalone(&directory, &work.site.service.path)?;
        }
        lean::drop_dependencies(&work.site)?;
        work.site.done(Part::Build(service))
    }

    fn lacks(&self, context: BuildContext<'_>) -> Result<Option<String>, DriverError> {
        site::lacks(&self.home.release(&context.manifest.scope(), context.release))
    }

    fn command(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        port: Option<Port>,
    ) -> Result<Launch, DriverError> {
        command::start(&self.work(context, service, "")?, port, &self.binary)
    }

    fn tool(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        line: &str,
    ) -> Result<Launch, DriverError> {
        command::line(&self.work(context, service, "")?, line)
    }

    fn remove(&self, scope: &Scope, release: &ReleaseId) -> Result<(), DriverError> {
        Ok(files::remove_tree(&self.home.release(scope, release))?)
    }
}
