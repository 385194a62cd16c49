//! The manifest: what a project is and how it should run.
//!
//! [`file::ManifestFile`] is what stands in `mainstay.toml`: short, only what cannot be derived.
//! [`Manifest`] is complete: the file, filled up from the facts, for one environment. Plans are made of it, and every release
//! keeps the manifest it was made with.

pub mod file;
pub mod policy;
pub mod setting;

pub use file::ManifestFile;
pub use policy::{DeployPolicy, Strategy, WatchPolicy};
pub use setting::{Reference, Setting, Template, TemplateError, TemplatePart, ValueSource};

use crate::facts::{DatastoreKind, Framework, MigrationTool, PackageManager, Runtime, ServiceKind};
use crate::id::{DatastoreName, EnvironmentName, ProjectName, Scope, ServiceName};
use crate::routing::{HealthCheck, TlsFiles};
use crate::unit::{Bytes, Millis, Port};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A project in one environment, complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The project.
    pub project: ProjectName,
    /// The environment that this manifest is for.
    pub environment: Environment,
    /// Every service that is deployed.
    pub services: BTreeMap<ServiceName, Service>,
    /// Every datastore that they use.
    pub datastores: BTreeMap<DatastoreName, Datastore>,
    /// How a release goes live.
    pub deploy: DeployPolicy,
}

impl Manifest {
    /// The scope of locks, ledger streams and routing tables.
    pub fn scope(&self) -> Scope {
        Scope { project: self.project.clone(), environment: self.environment.name.clone() }
    }
}

/// Where and under which names a project runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// dev, staging, production.
    pub name: EnvironmentName,
    /// What runs it.
    pub target: Target,
    /// Address of the public entry.
    pub listen: IpAddr,
    /// Port of the public entry; absent means the first free one from 8080.
    pub port: Option<Port>,
    /// Host names of the public entry; none means any host.
    pub domains: Vec<String>,
    /// Certificate of the public entry.
    pub tls: Option<TlsFiles>,
    /// Port where plain HTTP is redirected to the public entry.
    #[serde(default)]
    pub http_port: Option<Port>,
    /// Where images are kept for other machines, like `registry.example.com/team`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// How the proxy reaches instances on other machines.
    #[serde(default)]
    pub publish: Publish,
}

/// How the proxy reaches instances that may run on other machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Publish {
    /// Each publishes a port of the machine it runs on.
    #[default]
    Host,
    /// Over the project's own network, on which no port is open to anyone else. Needs root.
    Overlay,
}

impl Publish {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::Host, Self::Overlay];

    /// The word for it in `mainstay.toml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Overlay => "overlay",
        }
    }
}

/// What runs an environment.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Plain processes on this machine.
    Process,
    /// Containers of a Docker Engine on this machine.
    Docker,
    /// Services of a Docker Swarm that this machine manages.
    Swarm,
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 3] = [Self::Process, Self::Docker, Self::Swarm];

    /// The word for it in `mainstay.toml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Docker => "docker",
            Self::Swarm => "swarm",
        }
    }

    /// Whether instances are containers, made from images.
    pub const fn in_containers(self) -> bool {
        match self {
            Self::Process => false,
            Self::Docker | Self::Swarm => true,
        }
    }

    /// Whether somebody else decides where instances run, and starts them again elsewhere.
    pub const fn orchestrated(self) -> bool {
        match self {
            Self::Process | Self::Docker => false,
            Self::Swarm => true,
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Target {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|target| target.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!("there is no target `{text}`; choose one of {known}")
        })
    }
}

/// One deployable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// What it is.
    pub kind: ServiceKind,
    /// Its framework, for advice only.
    pub framework: Option<Framework>,
    /// Its folder relative to the repository's root.
    pub path: String,
    /// How it is built.
    pub build: BuildRecipe,
    /// Starts it: a shell command line, run in `path`, may use `$PORT`. Absent for a static service.
    pub start: Option<String>,
    /// The folder of files to serve, for a static service. Relative to `path`.
    pub output: Option<String>,
    /// The port it has by convention, and the variable that sets it. Absent when it listens to nobody.
    pub port: Option<ServicePort>,
    /// When it counts as healthy. Absent when it listens to nobody.
    pub health: Option<HealthCheck>,
    /// Path prefixes under the public entry that go to it.
    pub routes: Vec<String>,
    /// Number of instances.
    pub replicas: u16,
    /// Limits of each instance.
    pub limits: Limits,
    /// Time between SIGTERM and SIGKILL.
    pub grace: Millis,
    /// Every variable it is given, by name.
    pub env: BTreeMap<String, Setting>,
    /// The datastores it uses.
    pub uses: Vec<DatastoreName>,
    /// Its migrations.
    pub migrations: Option<Migrations>,
}

/// The fields of a datastore that let someone in.
const KEYS: [&str; 3] = ["url", "password", "secret_key"];

impl Service {
    /// Whether the value of one of its variables must not be seen: because that is said of it, or because the password of a
    /// datastore is in it.
    pub fn is_secret(&self, name: &str) -> bool {
        let opens = |reference: &Reference| {
            let datastore = self.uses.iter().any(|name| name.as_str() == reference.name);
            datastore && KEYS.contains(&reference.field.as_str())
        };
        self.env.get(name).is_some_and(|setting| {
            setting.secret
                || match &setting.source {
                    ValueSource::Template { value } => value.references().any(opens),
                    ValueSource::Generated { .. } | ValueSource::Vault | ValueSource::Unset => false,
                }
        })
    }
}

/// How a service becomes runnable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildRecipe {
    /// What runs it, with the line (`20`, `3.11`) the repository asks for.
    pub runtime: Option<RuntimeLine>,
    /// What installs its dependencies.
    pub package_manager: Option<PackageManager>,
    /// The folder of the lock file and of `install`.
    pub install_path: String,
    /// The lock file, relative to the root.
    pub lockfile: Option<String>,
    /// Installs dependencies; run in `install_path`.
    pub install: Option<String>,
    /// Builds; run in the service's `path`.
    pub command: Option<String>,
}

/// A runtime and its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeLine {
    /// Which.
    pub name: Runtime,
    /// `20`, `3.11`; absent means whichever is there.
    pub version: Option<String>,
    /// Other lines that will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

/// A service's port by convention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePort {
    /// Preferred number of the service's own address on this machine.
    pub number: Port,
    /// The variable that tells an instance where to listen. Absent when only the start command does (`$PORT`).
    pub env: Option<String>,
}

/// Limits of one instance, kept where the kernel allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// Memory; above it the instance is killed.
    pub memory: Option<Bytes>,
    /// Thousandths of a core.
    pub cpu_milli: Option<u32>,
}

/// Database migrations of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migrations {
    /// The tool that applies them.
    pub tool: MigrationTool,
    /// Their folder, relative to the root.
    pub path: String,
    /// Applies all pending ones: a shell command line, run in the service's `path`.
    pub command: String,
    /// The database they migrate.
    pub datastore: DatastoreName,
}

/// A database, cache or bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Datastore {
    /// What it is.
    pub kind: DatastoreKind,
    /// The version the repository asks for.
    pub version: Option<String>,
    /// Who provides it.
    pub provider: Provider,
}

/// Who provides a datastore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Mainstay runs it beside the project: own data folder, port and credentials.
    Embedded,
    /// It exists elsewhere; its variables are set by hand.
    External,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Phase;

    #[test]
    fn the_password_of_a_datastore_is_secret_in_every_variable() {
        let setting = |source: ValueSource, secret: bool| Setting {
            source,
            required: true,
            required_when: None,
            secret,
            phase: Phase::Build,
            check: None,
            evidence: Vec::new(),
        };
        let text = |value: &str| ValueSource::Template { value: value.parse().unwrap() };
        let env = [
            ("MARKED", setting(text("x"), true)),
            ("URL", setting(text("pre ${db.url} post"), false)),
            ("KEY", setting(text("${db.host}/${files.secret_key}"), false)),
            ("HOST", setting(text("${db.host}:${db.port}"), false)),
            ("API", setting(text("${api.url}"), false)),
            // Kept in the vault, and sent to every browser.
            ("PUBLIC", setting(ValueSource::Vault, false)),
        ];
        let service = Service {
            kind: ServiceKind::Web,
            framework: None,
            path: ".".into(),
            build: BuildRecipe {
                runtime: None,
                package_manager: None,
                install_path: ".".into(),
                lockfile: None,
                install: None,
                command: None,
            },
            start: None,
            output: None,
            port: None,
            health: None,
            routes: Vec::new(),
            replicas: 1,
            limits: Limits::default(),
            grace: Millis::seconds(1),
            env: env.into_iter().map(|(name, setting)| (name.to_owned(), setting)).collect(),
            uses: vec!["db".parse().unwrap(), "files".parse().unwrap()],
            migrations: None,
        };
        let secret: Vec<&String> = service.env.keys().filter(|name| service.is_secret(name)).collect();
        assert_eq!(secret, ["KEY", "MARKED", "URL"]);
        assert!(!service.is_secret("UNKNOWN"));
    }
}
