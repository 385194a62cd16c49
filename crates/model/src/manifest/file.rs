//! `mainstay.toml` as written: only what cannot be derived from the repository. Everything is optional.

use super::{Provider, Publish, Target};
use crate::facts::{DatastoreKind, Phase, ServiceKind, ValueCheck};
use crate::id::{DatastoreName, EnvironmentName, ProjectName, ServiceName};
use crate::unit::{Bytes, Millis, Port};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "mainstay.toml")]
pub struct ManifestFile {
    /// Name of the project; it is part of every name on the machine.
    pub name: Option<ProjectName>,
    /// How a release goes live.
    pub deploy: DeployFile,
    /// What differs from the facts, by service.
    pub services: BTreeMap<ServiceName, ServiceFile>,
    /// What differs from the facts, by datastore.
    pub datastores: BTreeMap<DatastoreName, DatastoreFile>,
    /// Where it runs.
    pub environments: BTreeMap<EnvironmentName, EnvironmentFile>,
}

/// `[deploy]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeployFile {
    /// How traffic moves to a new release.
    pub strategy: Option<StrategyName>,
    /// Percent of new requests at each canary step, rising.
    pub canary: Option<Vec<u8>>,
    /// How long each canary step is watched.
    pub hold: Option<Millis>,
    /// How long the old release stays warm with `blue-green`.
    pub warm: Option<Millis>,
    /// Consecutive healthy answers before a new instance takes traffic.
    pub healthy: Option<u16>,
    /// Longest wait for a new instance to become healthy.
    pub start_timeout: Option<Millis>,
    /// How long a new release is watched after the shift.
    pub watch: Option<Millis>,
    /// Tolerated share of failed requests above the old release's, in percent.
    pub error_percent: Option<f64>,
    /// Longest wait for in-flight requests of old instances.
    pub drain: Option<Millis>,
    /// Releases kept for a rollback.
    pub keep: Option<u16>,
}

/// `deploy.strategy`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StrategyName {
    /// All new requests at once.
    AllAtOnce,
    /// In the steps of `canary`.
    Canary,
    /// At once, with the old release kept warm.
    BlueGreen,
}

/// `[services.<name>]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceFile {
    /// Its folder; ties this entry to what was detected there.
    pub path: Option<String>,
    /// Leave it out of every deploy.
    pub ignore: Option<bool>,
    /// What it is.
    pub kind: Option<ServiceKind>,
    /// The line of its runtime, like 20 or 3.11.
    pub runtime: Option<String>,
    /// Installs dependencies.
    pub install: Option<String>,
    /// Builds it.
    pub build: Option<String>,
    /// Starts it; may use `$PORT`.
    pub start: Option<String>,
    /// Applies pending migrations.
    pub migrate: Option<String>,
    /// Preferred port of the service's own address.
    pub port: Option<Port>,
    /// Path of the health endpoint.
    pub health: Option<String>,
    /// Path prefixes under the public entry.
    pub routes: Option<Vec<String>>,
    /// Number of instances.
    pub replicas: Option<u16>,
    /// Memory limit of each instance.
    pub memory: Option<Bytes>,
    /// Cores of each instance, like 0.5.
    pub cpu: Option<f64>,
    /// Time between SIGTERM and SIGKILL.
    pub grace: Option<Millis>,
    /// Datastores it uses.
    pub uses: Option<Vec<DatastoreName>>,
    /// Values of variables.
    pub env: BTreeMap<String, EnvValue>,
}

/// The value of a variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum EnvValue {
    /// A text; `${name.field}` refers to a service or datastore.
    Text(String),
    /// More than a text.
    Detail(EnvDetail),
}

/// A variable in detail.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EnvDetail {
    /// The value.
    pub value: Option<String>,
    /// Made at random once: so many bytes in hexadecimal.
    pub generate: Option<u16>,
    /// Kept in the vault, set by `mainstay env set`.
    pub secret: Option<bool>,
    /// Must have a value.
    pub required: Option<bool>,
    /// When it is read: `build` or `run`.
    pub phase: Option<Phase>,
    /// What the value must be.
    pub check: Option<ValueCheck>,
}

/// `[datastores.<name>]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DatastoreFile {
    /// What it is.
    pub kind: Option<DatastoreKind>,
    /// Which version.
    pub version: Option<String>,
    /// Who provides it.
    pub provider: Option<Provider>,
}

/// `[environments.<name>]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EnvironmentFile {
    /// What runs it.
    pub target: Option<Target>,
    /// Address of the public entry.
    pub listen: Option<IpAddr>,
    /// Port of the public entry.
    pub port: Option<Port>,
    /// Host names of the public entry.
    pub domains: Option<Vec<String>>,
    /// PEM file of the certificate chain.
    pub certificate: Option<PathBuf>,
    /// PEM file of its key.
    pub certificate_key: Option<PathBuf>,
    /// Port where plain HTTP is redirected to HTTPS. With a certificate and the port 443 it is 80 unless said otherwise.
    pub http_port: Option<Port>,
    /// Where images are kept for the other machines of a swarm, like `registry.example.com/team`.
    pub registry: Option<String>,
    /// How the proxy reaches instances on the nodes of a swarm: `host` (each publishes a port of its node) or `overlay` (over
    /// the project's network, with no port open; needs root).
    pub publish: Option<Publish>,
    /// Values of variables in this environment, by service; they win over the service's own.
    pub env: BTreeMap<ServiceName, BTreeMap<String, EnvValue>>,
    /// Number of instances in this environment, by service.
    pub replicas: BTreeMap<ServiceName, u16>,
}
