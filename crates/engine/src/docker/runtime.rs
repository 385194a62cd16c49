//! Instances as containers. The engine's list of containers is the only record of them.

use super::client::{Client, query};
use super::container::{self, Wanted};
use super::inspect::{self, Container, Listed};
use super::output::{self, Log};
use super::{names, network};
use crate::driver::{Output, Runtime, Variables};
use crate::error::DriverError;
use crate::process_runtime::ProcessRuntime;
use host::process;
use host::supervisor::LogLine;
use model::id::{InstanceId, Scope};
use model::instance::{ExitReport, InstancePhase, InstanceSpec, InstanceStatus};
use model::unit::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::net::Ipv4Addr;
use std::sync::{Arc, PoisonError};

/// The runtime of the `docker` target.
#[derive(Debug, Clone)]
pub struct DockerRuntime {
    /// The engine.
    pub client: Arc<Client>,
    /// Runs what is no container: the bucket.
    pub beside: Option<ProcessRuntime>,
}

impl Runtime for DockerRuntime {
    fn start(&self, scope: &Scope, spec: &InstanceSpec, env: &Variables) -> Result<(), DriverError> {
        if let Some(known) = self.find(scope, &spec.id)? {
            if known.state.phase() != InstancePhase::Ended {
                return Ok(());
            }
            // Ended, or made and never started: a crash in between leaves that.
            container::remove(&self.client, &known.id)?;
        }
        let image = inspect::image_of(&self.client, spec.id.as_str(), spec.image.as_ref());
        let (image, about) = image.map_err(container::starting)?;
        let (network, gateway) = network::bridge(&self.client, scope)?;
        let wanted = Wanted {
            image: &image.id,
            about: &about,
            command: &spec.command,
            env,
            labels: container::labels(scope, spec),
            network: &network,
            aliases: Vec::new(),
            hosts: &image.hosts,
            gateway,
            published: image.port.zip(spec.port),
            volume: None,
            limits: spec.limits,
            restart: spec.restart,
            grace: seconds(spec),
        };
        let name = names::container(scope, &spec.id);
        let id = container::create(&self.client, &name, &wanted.body())?;
        container::start(&self.client, &id).inspect_err(|_| {
            // It never ran, so there is nothing to be read in it.
            let _left = container::remove(&self.client, &id);
        })
    }

    fn stop(&self, scope: &Scope, id: &InstanceId) -> Result<Option<ExitReport>, DriverError> {
        let exit = self.end(scope, id)?;
        network::leave(&self.client, scope)?;
        Ok(exit)
    }

    fn list(&self, scope: &Scope) -> Result<Vec<InstanceStatus>, DriverError> {
        let mut all = Vec::new();
        for listed in inspect::containers(&self.client, &names::of_scope(scope))? {
            if !listed.labels.as_ref().is_some_and(|labels| labels.contains_key(names::SPEC)) {
                continue;
            }
            // One that went meanwhile is no part of the list.
            all.extend(self.look(&listed)?);
        }
        if let Some(beside) = &self.beside {
            let others = beside.list(scope)?.into_iter();
            all.extend(others.filter(|status| status.spec.part.service().is_none()));
        }
        all.sort_by(|a, b| a.spec.id.cmp(&b.spec.id));
        Ok(all)
    }

    fn remove(&self, scope: &Scope, id: &InstanceId) -> Result<(), DriverError> {
        match self.find(scope, id)? {
            Some(known) => container::remove(&self.client, &known.id),
            None => Ok(()),
        }
    }

    fn output(&self, scope: &Scope, id: &InstanceId, lines: usize) -> (Vec<LogLine>, Box<dyn Output>) {
        match self.find(scope, id) {
            Ok(Some(container)) => {
                let hidden =
                    spec(&container).map(|spec| output::hidden(&container, &spec)).unwrap_or_default();
                let (first, log) = Log::open(
                    Arc::clone(&self.client),
                    format!("containers/{}", container.id),
                    hidden,
                    lines,
                );
                (first, Box::new(log))
            }
            Ok(None) | Err(_) => match &self.beside {
                Some(beside) => beside.output(scope, id, lines),
                None => (Vec::new(), Box::new(output::Silence)),
            },
        }
    }

    fn gateway(&self, scope: &Scope) -> Result<Option<Ipv4Addr>, DriverError> {
        network::gateway(&self.client, scope).map(Some)
    }

    fn network(&self, scope: &Scope, gateway: Ipv4Addr) -> Result<(), DriverError> {
        network::ensure(&self.client, scope, gateway)
    }
}

impl DockerRuntime {
    /// Stops an instance; the network stays for what comes after it.
    pub(super) fn end(&self, scope: &Scope, id: &InstanceId) -> Result<Option<ExitReport>, DriverError> {
        let Some(known) = self.find(scope, id)? else { return Ok(None) };
        let spec = spec(&known)?;
        container::stop(&self.client, &known.id, seconds(&spec))?;
        Ok(inspect::container(&self.client, &known.id)?.and_then(|container| container.state.exit()))
    }

    fn find(&self, scope: &Scope, id: &InstanceId) -> Result<Option<Container>, DriverError> {
        let mut labels = names::of_scope(scope);
        labels.insert(names::INSTANCE.into(), id.to_string());
        match inspect::containers(&self.client, &labels)?.into_iter().next() {
            Some(listed) => inspect::container(&self.client, &listed.id),
            None => Ok(None),
        }
    }

    /// Looks at a container, once more unless it has exited: many may have, and this is asked again and again.
    fn look(&self, listed: &Listed) -> Result<Option<InstanceStatus>, DriverError> {
        let mut exited = self.client.exited.lock().unwrap_or_else(PoisonError::into_inner);
        if let (true, Some(known)) = (listed.has_exited(), exited.get(&listed.id)) {
            return Ok(Some(known.clone()));
        }
        let Some(container) = inspect::container(&self.client, &listed.id)? else { return Ok(None) };
        let status = self.status(&container)?;
        match listed.has_exited() && status.phase == InstancePhase::Ended {
            true => exited.insert(listed.id.clone(), status.clone()),
            false => exited.remove(&listed.id),
        };
        Ok(Some(status))
    }

    fn status(&self, container: &Container) -> Result<InstanceStatus, DriverError> {
        let last_exit = match container.state.exit() {
            Some(exit) => Some(exit),
            None if container.restart_count > 0 => self.last_exit(container)?,
            None => None,
        };
        let pid = Some(container.state.pid).filter(|pid| *pid > 0);
        Ok(InstanceStatus {
            pid,
            started_at: container.state.started(),
            restarts: container.restart_count,
            last_exit,
            // An engine that counts processes by itself, as in a virtual machine, may name one of ours.
            memory: pid.filter(|pid| process::in_group(*pid, &container.id)).map(process::memory),
            ..InstanceStatus::new(spec(container)?, container.state.phase())
        })
    }

    /// How a container that runs again ended before; the engine remembers its latest events.
    fn last_exit(&self, container: &Container) -> Result<Option<ExitReport>, DriverError> {
        #[derive(Deserialize)]
        struct Event {
            #[serde(rename = "Action")]
            action: String,
            #[serde(rename = "Actor")]
            actor: Actor,
            #[serde(rename = "timeNano", default)]
            time: i64,
        }
        #[derive(Deserialize)]
        struct Actor {
            #[serde(rename = "Attributes", default)]
            attributes: std::collections::BTreeMap<String, String>,
        }
        let filters = json!({ "container": [container.id], "event": ["die", "oom"] }).to_string();
        let since = inspect::moment(&container.created).unwrap_or(Timestamp(0)).0 / 1000;
        // A moment that is over ends the answer.
        let until = container.state.started().map_or(since, |at| at.0 / 1000 + 1).to_string();
        let path =
            query("/events", &[("since", &since.to_string()), ("until", &until), ("filters", &filters)]);
        let events: Vec<Event> = self.client.get(&path)?.done("tell what happened")?.lines();
        let mut out_of_memory = false;
        let mut last = None;
        for event in events {
            if event.action == "oom" {
                out_of_memory = true;
            } else if let Some(code) =
                event.actor.attributes.get("exitCode").and_then(|code| code.parse().ok())
            {
                let oom = std::mem::take(&mut out_of_memory);
                last = Some(inspect::exit(Timestamp(event.time / 1_000_000), code, oom));
            }
        }
        Ok(last)
    }
}

/// What a container of ours was started with.
fn spec(container: &Container) -> Result<InstanceSpec, DriverError> {
    container::spec(container.config.label(names::SPEC), &format!("container {}", container.id))
}

fn seconds(spec: &InstanceSpec) -> u64 {
    spec.grace.0.div_ceil(1000)
}
