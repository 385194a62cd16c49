//! A project in a folder of its own, with a home for Mainstay beside it.

use engine::driver::{BuildContext, Builder, Progress};
use engine::process_builder::ProcessBuilder;
use host::paths::Home;
use model::facts::{PackageManager, Runtime, ServiceKind};
use model::id::{ReleaseId, Scope, ServiceName};
use model::manifest::{
    BuildRecipe, DeployPolicy, Environment, Limits, Manifest, RuntimeLine, Service, Target,
};
use model::unit::Millis;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

/// Lines that long work gave.
#[derive(Default)]
pub(crate) struct Lines {
    pub(crate) all: Vec<String>,
    /// Cancelled once so many times asked.
    pub(crate) patience: Option<Cell<u32>>,
}

impl Lines {
    pub(crate) fn text(&self) -> String {
        self.all.join("\n")
    }
}

impl Progress for Lines {
    fn line(&mut self, text: &str) {
        self.all.push(text.to_owned());
    }

    fn cancelled(&self) -> bool {
        self.patience.as_ref().is_some_and(|left| {
            left.set(left.get().saturating_sub(1));
            left.get() == 0
        })
    }
}

pub(crate) struct Project {
    folder: tempfile::TempDir,
    pub(crate) manifest: Manifest,
}

impl Project {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment {
            name: "dev".parse().unwrap(),
            target: Target::Process,
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: None,
            domains: Vec::new(),
            tls: None,
            http_port: None,
            registry: None,
            publish: model::manifest::Publish::Host,
        };
        let manifest = Manifest {
            project: "shop".parse().unwrap(),
            environment,
            services: BTreeMap::new(),
            datastores: BTreeMap::new(),
            deploy: DeployPolicy::default(),
        };
        let project = Self { folder, manifest };
        fs::create_dir_all(project.root()).unwrap();
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    pub(crate) fn with(mut self, name: &str, service: Service) -> Self {
        self.manifest.services.insert(name.parse().unwrap(), service);
        self
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    pub(crate) fn home(&self) -> Home {
        Home::new(self.folder.path().join("home"))
    }

    /// What a release lacks to be complete.
    pub(crate) fn lacks(&self, builder: &ProcessBuilder, id: &ReleaseId) -> Option<String> {
        builder.lacks(BuildContext { manifest: &self.manifest, release: id }).unwrap()
    }

    pub(crate) fn scope(&self) -> Scope {
        self.manifest.scope()
    }

    pub(crate) fn builder(&self) -> ProcessBuilder {
        ProcessBuilder::new(self.home(), "/opt/mainstay".into())
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn release_folder(&self, release: &ReleaseId) -> PathBuf {
        self.home().release(&self.scope(), release).join("source")
    }

    /// Copies and installs everything and builds it.
    pub(crate) fn make(
        &self,
        builder: &ProcessBuilder,
        release: &ReleaseId,
    ) -> Result<Lines, engine::DriverError> {
        let mut lines = Lines::default();
        let context = BuildContext { manifest: &self.manifest, release };
        builder.snapshot(&self.root(), context, &mut lines)?;
        for name in self.manifest.services.keys() {
            let layer = builder.layer(&self.root(), &self.manifest, name)?;
            builder.install(context, name, &layer, &mut lines)?;
        }
        for name in self.manifest.services.keys() {
            builder.build(context, name, &BTreeMap::new(), &mut lines)?;
        }
        Ok(lines)
    }
}

pub(crate) fn release(number: u32) -> ReleaseId {
    ReleaseId::numbered(number, "abcdef0")
}

pub(crate) fn service_name(name: &str) -> ServiceName {
    name.parse().unwrap()
}

/// A service that only has a start line.
pub(crate) fn service(path: &str, start: &str) -> Service {
    Service {
        kind: ServiceKind::Web,
        framework: None,
        path: path.into(),
        build: BuildRecipe {
            runtime: None,
            package_manager: None,
            install_path: path.into(),
            lockfile: None,
            install: None,
            command: None,
        },
        start: Some(start.into()),
        output: None,
        port: None,
        health: None,
        routes: Vec::new(),
        replicas: 1,
        limits: Limits::default(),
        grace: Millis::seconds(10),
        env: BTreeMap::new(),
        uses: Vec::new(),
        migrations: None,
    }
}

pub(crate) fn node(path: &str, start: &str) -> Service {
    let mut service = service(path, start);
    service.build.runtime = Some(RuntimeLine { name: Runtime::Node, version: None, also: Vec::new() });
    service.build.package_manager = Some(PackageManager::Npm);
    service.build.install = Some("npm ci".into());
    service
}

pub(crate) fn python(path: &str, start: &str) -> Service {
    let mut service = service(path, start);
    service.build.runtime = Some(RuntimeLine { name: Runtime::Python, version: None, also: Vec::new() });
    service.build.package_manager = Some(PackageManager::Pip);
    service.build.install = Some("pip install -r requirements.txt".into());
    service
}

/// Runs git in a folder, with an identity.
pub(crate) fn git(folder: &Path, args: &[&str]) {
    let fixed = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"];
    let status =
        std::process::Command::new("git").args(fixed).args(args).current_dir(folder).output().unwrap();
    assert!(status.status.success(), "{args:?}: {}", String::from_utf8_lossy(&status.stderr));
}
