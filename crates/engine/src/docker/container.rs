//! How a container is made (limits, rights, network, log), started, stopped and taken away.

use super::client::{Client, Reply, failed, query};
use super::inspect::Config;
use super::names::{self, Labels};
use crate::driver::Variables;
use crate::error::DriverError;
use host::clock::{Clock, SystemClock};
use model::event::FailureKind;
use model::id::{Scope, ServiceName};
use model::instance::{InstanceSpec, Restart};
use model::manifest::Limits;
use model::unit::Port;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::time::Duration;

/// What is added to a container's grace before the engine counts as stuck.
const MARGIN: Duration = Duration::from_secs(60);

/// How long a container waits for its network, and between two tries.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(250);

/// Most processes and threads of a container: a fork bomb ends here, Node with its threads does not.
pub(crate) const PROCESSES: u32 = 512;

/// A container to be made, in our words.
pub(crate) struct Wanted<'a> {
    pub(crate) image: &'a str,
    /// What the image says of itself.
    pub(crate) about: &'a Config,
    pub(crate) command: &'a [String],
    pub(crate) env: &'a Variables,
    pub(crate) labels: Labels,
    pub(crate) network: &'a str,
    /// Other names under which it is found in the network.
    pub(crate) aliases: Vec<String>,
    /// Services that this machine answers for, and its address.
    pub(crate) hosts: &'a [ServiceName],
    pub(crate) gateway: Ipv4Addr,
    /// The port inside, and this machine's on loopback that leads there.
    pub(crate) published: Option<(Port, Port)>,
    /// A volume and the folder it is put at.
    pub(crate) volume: Option<(String, &'static str)>,
    pub(crate) limits: Limits,
    pub(crate) restart: Restart,
    /// Seconds between asking it to end and killing it.
    pub(crate) grace: u64,
}

impl Wanted<'_> {
    /// The body of `POST /containers/create`.
    pub(crate) fn body(&self) -> Value {
        let inner = self.published.map(|(inside, _)| format!("{inside}/tcp"));
        let exposed: Value =
            inner.iter().map(|port| (port.clone(), json!({}))).collect::<serde_json::Map<_, _>>().into();
        let mut body = json!({
            "Image": self.image,
            "Env": environment(self.env),
            "Labels": self.labels,
            "StopTimeout": self.grace,
            "ExposedPorts": exposed,
            "HostConfig": self.host(inner.as_deref()),
            "NetworkingConfig": { "EndpointsConfig": { self.network: { "Aliases": self.aliases } } },
        });
        if !self.command.is_empty() {
            body["Cmd"] = json!(self.command);
        }
        body
    }

    fn host(&self, inner: Option<&str>) -> Value {
        let hosts: Vec<String> = self.hosts.iter().map(|name| format!("{name}:{}", self.gateway)).collect();
        let mut host = json!({
            "NetworkMode": self.network,
            "ExtraHosts": hosts,
            // Reaps what the program leaves behind and hands signals on, so that it need not be made for being the first process.
            "Init": true,
            "PidsLimit": PROCESSES,
            "LogConfig": { "Type": LOG_DRIVER, "Config": log_options() },
            "RestartPolicy": { "Name": match self.restart {
                // Also after a restart of the engine or the machine, but not when we stopped it.
                Restart::Always => "unless-stopped",
                Restart::Never => "no",
            } },
            "SecurityOpt": ["no-new-privileges"],
            "CapDrop": ["ALL"],
            "CapAdd": rights(self.about),
        });
        if let (Some(inner), Some((_, outside))) = (inner, self.published) {
            host["PortBindings"] =
                json!({ inner: [{ "HostIp": "127.0.0.1", "HostPort": outside.to_string() }] });
        }
        if let Some((volume, folder)) = &self.volume {
            host["Mounts"] = json!([{ "Type": "volume", "Source": volume, "Target": folder }]);
        }
        if let Some(memory) = self.limits.memory {
            // Equal limits: no swap. A service that swaps is slower than one that is started again.
            host["Memory"] = json!(memory.0);
            host["MemorySwap"] = json!(memory.0);
        }
        if let Some(milli) = self.limits.cpu_milli {
            host["NanoCpus"] = json!(u64::from(milli) * 1_000_000);
        }
        if let Some(folders) = temporary(self.about) {
            host["ReadonlyRootfs"] = json!(true);
            host["Tmpfs"] = folders
                .into_iter()
                .map(|folder| (folder, json!("rw,nosuid,nodev,mode=1777")))
                .collect::<serde_json::Map<_, _>>()
                .into();
        }
        host
    }
}

/// Variables as an engine takes them.
pub(crate) fn environment(env: &Variables) -> Vec<String> {
    env.iter().map(|(name, value)| format!("{name}={}", value.expose())).collect()
}

/// The capabilities that a container keeps. An image with a user of its own needs none. One that begins as root does so to
/// give its folders to a user and to become that user (postgres, redis, nginx), or to listen below 1024.
pub(crate) fn rights(about: &Config) -> &'static [&'static str] {
    if about.is_root() {
        &["CHOWN", "DAC_OVERRIDE", "FOWNER", "NET_BIND_SERVICE", "SETGID", "SETUID"]
    } else {
        &[]
    }
}

/// The folders that can be written when nothing else can; `None` when everything can be. Whether a program writes beside
/// itself is known only to whoever made the image, so it has to say so: Mainstay's own Dockerfiles do, others may with
/// `LABEL dev.mainstay.root="read-only"` and, for more than `/tmp`, `dev.mainstay.tmpfs="/app/.next/cache,/run"`.
pub(crate) fn temporary(about: &Config) -> Option<Vec<String>> {
    if about.label(names::ROOT) != Some("read-only") {
        return None;
    }
    let more = about.label("dev.mainstay.tmpfs").unwrap_or_default().split(',').map(str::trim);
    Some(
        std::iter::once("/tmp")
            .chain(more.filter(|folder| folder.starts_with('/')))
            .map(str::to_owned)
            .collect(),
    )
}

/// What keeps the output of containers.
pub(crate) const LOG_DRIVER: &str = "json-file";

/// It is cut into files, of which the oldest goes.
pub(crate) fn log_options() -> Value {
    json!({ "max-size": "10m", "max-file": "3" })
}

/// The labels of an instance's container.
pub(crate) fn labels(scope: &Scope, spec: &InstanceSpec) -> Labels {
    let mut labels = names::of_instance(scope, &spec.id, &spec.part);
    // It is data of ours and always can be written.
    labels.insert(names::SPEC.into(), serde_json::to_string(spec).unwrap_or_default());
    labels
}

/// What something, `whose`, was started with, from its label [`names::SPEC`].
pub(crate) fn spec(label: Option<&str>, whose: &str) -> Result<InstanceSpec, DriverError> {
    serde_json::from_str(label.unwrap_or_default()).map_err(|error| {
        failed(format!("the labels of {whose} cannot be read: {error}"))
            .advise(format!("it was made by a newer Mainstay; use that one, or remove {whose}"))
    })
}

/// Makes a container from the body of `POST /containers/create`, and returns its id.
pub(crate) fn create(client: &Client, name: &str, body: &Value) -> Result<String, DriverError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Created {
        id: String,
    }
    let reply = client.post(&query("/containers/create", &[("name", name)]), Some(body))?;
    let created: Created = reply.done(&format!("make container {name}")).map_err(starting)?.json()?;
    Ok(created.id)
}

/// Starts a container that was made.
pub(crate) fn start(client: &Client, id: &str) -> Result<(), DriverError> {
    let clock = SystemClock;
    let began = clock.monotonic();
    loop {
        let reply = client.post(&format!("/containers/{id}/start"), None)?;
        let patient = clock.monotonic().saturating_sub(began) < PATIENCE;
        if !(patient && is_on_its_way(&reply)) {
            return reply.done("start a container").map(|_| ()).map_err(starting);
        }
        clock.sleep(PAUSE);
    }
}

/// Whether the network is not there yet: on an overlay that was made a moment after one of its name was removed, an engine
/// says so until it has let go of the old one.
fn is_on_its_way(reply: &Reply) -> bool {
    reply.refuses(404, &["network", "not found"])
}

/// Asks a container to end, and kills it when it does not within so many seconds.
pub(crate) fn stop(client: &Client, id: &str, grace: u64) -> Result<(), DriverError> {
    let path = query(&format!("/containers/{id}/stop"), &[("t", &grace.to_string())]);
    let patience = Duration::from_secs(grace) + MARGIN;
    client.post_within(&path, None, patience)?.found("stop a container").map(|_| ())
}

/// Takes an ended container away, with volumes that have no name.
pub(crate) fn remove(client: &Client, id: &str) -> Result<(), DriverError> {
    let path = query(&format!("/containers/{id}"), &[("v", "true")]);
    client.delete(&path)?.found("remove a container").map(|_| ())
}

/// The same of one that may run still, and is killed then.
pub(crate) fn discard(client: &Client, id: &str) -> Result<(), DriverError> {
    let path = query(&format!("/containers/{id}"), &[("force", "true"), ("v", "true")]);
    client.delete(&path)?.found("remove a container").map(|_| ())
}

/// Why something does not start.
pub(crate) fn starting(mut error: DriverError) -> DriverError {
    error.0.kind = FailureKind::Start;
    error
}
