//! A service of a swarm: what all instances of one start of a service of a release are.

use super::cluster;
use super::names::{self as ours, GROUP, STACK};
use crate::docker::client::{Client, query};
use crate::docker::inspect::Config;
use crate::docker::{container, names};
use crate::driver::Variables;
use crate::error::DriverError;
use model::id::Scope;
use model::instance::{InstanceSpec, Restart};
use model::manifest::Publish;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::Ipv4Addr;

/// Between the end of a task and its next start, in nanoseconds.
const PAUSE: u64 = 1_000_000_000;

/// A service to be made, in our words.
pub(super) struct Wanted<'a> {
    pub(super) scope: &'a Scope,
    /// The first of its instances; the others differ by their ids only.
    pub(super) spec: &'a InstanceSpec,
    pub(super) replicas: usize,
    /// What the image says of itself.
    pub(super) about: &'a Config,
    pub(super) env: &'a Variables,
    pub(super) network: &'a str,
    /// This machine, as other nodes reach it.
    pub(super) gateway: Ipv4Addr,
}

/// A service that is there.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Service {
    #[serde(rename = "ID")]
    pub(super) id: String,
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Spec {
    #[serde(default)]
    labels: names::Labels,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    task_template: Template,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Template {
    container_spec: ContainerSpec,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ContainerSpec {
    env: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Mode {
    replicated: Option<Replicated>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Replicated {
    #[serde(default)]
    replicas: u16,
}

impl Service {
    /// What its instances have in common.
    pub(super) fn group(&self) -> &str {
        self.spec.labels.get(GROUP).map_or("", String::as_str)
    }

    /// Its instances.
    ///
    /// # Errors
    /// When its labels are of a newer Mainstay.
    pub(super) fn instances(&self) -> Result<Vec<InstanceSpec>, DriverError> {
        let text = self.spec.labels.get(names::SPEC).map(String::as_str);
        let first = container::spec(text, &format!("service {}", self.group()))?;
        let replicas = self.spec.mode.replicated.as_ref().map_or(0, |mode| mode.replicas);
        let id = |ordinal: u16| format!("{}-{ordinal}", self.group()).parse().ok();
        let ids = (1..=replicas).filter_map(id);
        Ok(ids.map(|id| InstanceSpec { id, ..first.clone() }).collect())
    }

    /// Its variables.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.spec.task_template.container_spec.env.iter().flatten();
        pairs.filter_map(|pair| pair.split_once('='))
    }
}

/// The services of a scope; with a group only that one's.
///
/// # Errors
/// When the engine cannot be asked.
pub(super) fn list(client: &Client, scope: &Scope, group: Option<&str>) -> Result<Vec<Service>, DriverError> {
    let mut labels = names::of_scope(scope);
    labels.extend(group.map(|group| (GROUP.to_owned(), group.to_owned())));
    let path = query("/services", &[("filters", &names::filter(&labels))]);
    let reply = client.get(&path)?.done("list services");
    // Why not, in better words: it manages no swarm.
    let reply = reply.or_else(|error| cluster::machines(client).and(Err(error)))?;
    let all: Vec<Service> = reply.json()?;
    // A stack that somebody deployed by hand with our labels on it is not ours.
    Ok(all.into_iter().filter(|service| !service.group().is_empty()).collect())
}

impl Wanted<'_> {
    /// The body of `POST /services/create`.
    pub(super) fn body(&self, group: &str) -> Value {
        let spec = self.spec;
        let image = spec.image.as_ref().filter(|image| image.publish == Publish::Host);
        let port = image.and_then(|image| image.port);
        // Where a node puts it is the node's choice: several tasks may be on one, and nothing is ever taken.
        let ports: Vec<Value> = port
            .iter()
            .map(|port| json!({ "Protocol": "tcp", "TargetPort": port.0, "PublishMode": "host" }))
            .collect();
        let task = json!({
            "ContainerSpec": self.container(),
            "Resources": { "Limits": self.limits() },
            "RestartPolicy": match spec.restart {
                Restart::Always => json!({ "Condition": "any", "Delay": PAUSE }),
                Restart::Never => json!({ "Condition": "none" }),
            },
            "Networks": [{ "Target": self.network }],
            "LogDriver": { "Name": container::LOG_DRIVER, "Options": container::log_options() },
        });
        json!({
            "Name": ours::service(self.scope, group),
            "Labels": self.labels(group),
            "TaskTemplate": task,
            "Mode": { "Replicated": { "Replicas": self.replicas } },
            // The proxy asks tasks one by one, so that no address of all of them is needed.
            "EndpointSpec": { "Mode": "dnsrr", "Ports": ports },
        })
    }

    fn labels(&self, group: &str) -> names::Labels {
        let mut labels = container::labels(self.scope, self.spec);
        labels.insert(STACK.into(), ours::stack(self.scope));
        labels.insert(GROUP.into(), group.to_owned());
        labels
    }

    fn container(&self) -> Value {
        let spec = self.spec;
        let image = spec.image.as_ref();
        let hosts = image.iter().flat_map(|image| &image.hosts);
        let hosts: Vec<String> = hosts.map(|name| format!("{} {name}", self.gateway)).collect();
        let mut body = json!({
            "Image": image.map(|image| image.id.as_str()),
            "Env": container::environment(self.env),
            "Labels": names::of_scope(self.scope),
            "Init": true,
            "StopGracePeriod": spec.grace.0 * 1_000_000,
            "Hosts": hosts,
            "CapabilityDrop": ["ALL"],
            "CapabilityAdd": container::rights(self.about),
            // Mainstay's probes and the proxy's judge a task. A check in the container that is late under load would have
            // Swarm kill what works.
            "Healthcheck": { "Test": ["NONE"] },
        });
        if !spec.command.is_empty() {
            body["Args"] = json!(spec.command);
        }
        if let Some(folders) = container::temporary(self.about) {
            let mount = |folder: String| json!({ "Type": "tmpfs", "Target": folder, "TmpfsOptions": { "Mode": 0o1777 } });
            body["ReadOnly"] = json!(true);
            body["Mounts"] = folders.into_iter().map(mount).collect();
        }
        body
    }

    fn limits(&self) -> Value {
        let mut limits = json!({ "Pids": container::PROCESSES });
        if let Some(memory) = self.spec.limits.memory {
            limits["MemoryBytes"] = json!(memory.0);
        }
        if let Some(milli) = self.spec.limits.cpu_milli {
            limits["NanoCPUs"] = json!(u64::from(milli) * 1_000_000);
        }
        limits
    }
}
