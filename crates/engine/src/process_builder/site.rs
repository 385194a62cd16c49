//! A service's places in a release, and which parts of the release are still to be made.
//!
//! A release's folder holds `source` (the repository as it was), `home` (the programs' home folder) and `pending`, with one
//! empty file for each part that is not made yet. It is complete when it has a source and nothing is pending.

use crate::driver::BuildContext;
use crate::error::DriverError;
use host::files;
use host::paths::Home;
use model::event::FailureKind;
use model::facts::Runtime;
use model::id::ServiceName;
use model::manifest::{Manifest, Service};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A service in a release.
pub(super) struct Site<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) name: &'a ServiceName,
    pub(super) service: &'a Service,
    /// The release's folder.
    pub(super) release: PathBuf,
}

/// Something of a release that has to be made before it is complete.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a> {
    /// The dependencies of a service and of all that share its folder.
    Install(&'a Service),
    /// The build of a service.
    Build(&'a ServiceName),
}

impl Part<'_> {
    fn file(self) -> String {
        match self {
            Self::Install(service) => {
                let runtime = service.build.runtime.as_ref().map_or("any", |line| line.name.as_str());
                format!("install-{runtime}-{}", service.build.install_path.replace('/', "%"))
            }
            Self::Build(name) => format!("build-{name}"),
        }
    }
}

/// The files of `pending` for a fresh release.
pub(super) fn parts(manifest: &Manifest) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    for (name, service) in &manifest.services {
        if service.build.install.is_some() {
            parts.insert(Part::Install(service).file());
        }
        if service.build.command.is_some() {
            parts.insert(Part::Build(name).file());
        }
    }
    parts
}

/// The folder of a release's source.
pub(super) fn source(release: &Path) -> PathBuf {
    release.join("source")
}

/// The folder of what is still to be made.
pub(super) fn pending(release: &Path) -> PathBuf {
    release.join("pending")
}

/// What keeps a release from being complete, with where; `None` when nothing does.
///
/// # Errors
/// When its folder cannot be read.
pub(super) fn lacks(release: &Path) -> Result<Option<String>, DriverError> {
    if !source(release).is_dir() {
        return Ok(Some(format!("{} has no files", release.display())));
    }
    let made = pending(release);
    if !made.is_dir() {
        return Ok(Some(format!("{} is gone, so nobody knows what was made", made.display())));
    }
    let parts = files::names(&made)?;
    Ok((!parts.is_empty())
        .then(|| format!("{} has parts that were never made: {}", made.display(), parts.join(", "))))
}

/// `root` with a relative path of the manifest, where `.` is the root.
pub(super) fn under(root: &Path, path: &str) -> PathBuf {
    match path {
        "" | "." => root.to_owned(),
        path => root.join(path),
    }
}

impl<'a> Site<'a> {
    pub(super) fn new(
        home: &Home,
        context: BuildContext<'a>,
        name: &'a ServiceName,
    ) -> Result<Self, DriverError> {
        let service = service(context.manifest, name)?;
        let release = home.release(&context.manifest.scope(), context.release);
        let site = Self { manifest: context.manifest, name, service, release };
        if site.source().is_dir() {
            return Ok(site);
        }
        let message = format!("release {} has no files in {}", context.release, site.release.display());
        Err(DriverError::new(FailureKind::Build, message).advise("deploy again to build it anew"))
    }

    pub(super) fn source(&self) -> PathBuf {
        source(&self.release)
    }

    /// Where the service's commands run.
    pub(super) fn directory(&self) -> PathBuf {
        under(&self.source(), &self.service.path)
    }

    /// Where its dependencies are installed.
    pub(super) fn install_directory(&self) -> PathBuf {
        under(&self.source(), &self.service.build.install_path)
    }

    pub(super) fn is_pending(&self, part: Part<'_>) -> bool {
        pending(&self.release).join(part.file()).exists()
    }

    pub(super) fn done(&self, part: Part<'_>) -> Result<(), DriverError> {
        Ok(files::remove_tree(&pending(&self.release).join(part.file()))?)
    }

    /// Those services of the release that share this one's dependencies, itself included.
    pub(super) fn sharing(&self) -> impl Iterator<Item = &'a Service> {
        let wanted = Part::Install(self.service).file();
        self.manifest.services.values().filter(move |other| Part::Install(other).file() == wanted)
    }

    /// Folders of programs that dependencies brought, nearest first: `node_modules/.bin` up to the root, then the
    /// virtual environment's.
    pub(super) fn programs(&self) -> Vec<PathBuf> {
        let (root, start) = (self.source(), self.directory());
        let within: Vec<&Path> = start.ancestors().take_while(|folder| folder.starts_with(&root)).collect();
        let python = self.service.build.runtime.as_ref().is_none_or(|line| line.name == Runtime::Python);
        let venvs = within.iter().map(|folder| folder.join(".venv/bin")).filter(|_| python);
        let modules = within.iter().map(|folder| folder.join("node_modules/.bin"));
        if python { venvs.chain(modules).collect::<Vec<_>>() } else { modules.collect() }
            .into_iter()
            .filter(|folder| folder.is_dir())
            .collect()
    }
}

/// A service of a manifest by name.
pub(super) fn service<'a>(manifest: &'a Manifest, name: &ServiceName) -> Result<&'a Service, DriverError> {
    manifest.services.get(name).ok_or_else(|| {
        DriverError::new(FailureKind::Build, format!("there is no service {name} in this release"))
            .advise("make the plan again")
    })
}
