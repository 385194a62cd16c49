//! Instances as tasks of a swarm. The swarm's own lists are the only record of them.

use super::anchor;
use super::cluster;
use super::follower::Followers;
use super::log::TaskLog;
use super::service::{self, Service, Wanted};
use super::task::{self, Overlay, Places, Task};
use crate::docker::client::{Client, failed};
use crate::docker::registry::Credentials;
use crate::docker::{DockerRuntime, container, inspect, network};
use crate::driver::{Orchestrator, Output, Runtime, Variables};
use crate::error::DriverError;
use crate::following::Following;
use host::clock::{Clock, SystemClock};
use host::supervisor::LogLine;
use model::id::{InstanceId, Scope};
use model::instance::{ExitReport, InstanceSpec, InstanceStatus, Part};
use model::manifest::Publish;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks at tasks that end.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest wait for a swarm to take a service; it asks the registry about the image meanwhile.
const PATIENCE: Duration = Duration::from_secs(60);
/// Added to a service's grace before its end counts as stuck.
const MARGIN: Duration = Duration::from_secs(15);

/// The runtime of the `swarm` target.
#[derive(Debug, Clone)]
pub struct SwarmRuntime {
    /// The engine, a manager.
    pub(super) client: Arc<Client>,
    /// Runs what stays on this machine: datastores.
    pub(super) here: DockerRuntime,
    /// What follows tasks that move.
    pub(super) followers: Followers,
}

impl Orchestrator for SwarmRuntime {
    fn submit(&self, scope: &Scope, specs: &[InstanceSpec], env: &Variables) -> Result<(), DriverError> {
        let Some(spec) = specs.first() else { return Ok(()) };
        let group = group(&spec.id)?;
        let listens = spec.image.as_ref().filter(|image| image.port.is_some());
        if let Some(image) = listens {
            self.followers.ensure(scope)?;
            if image.publish == Publish::Overlay {
                anchor::ensure(&self.client, scope)?;
            }
        }
        if !service::list(&self.client, scope, Some(group))?.is_empty() {
            return Ok(());
        }
        let image = inspect::image_of(&self.client, spec.id.as_str(), spec.image.as_ref());
        let (image, about) = image.map_err(container::starting)?;
        let (network, gateway) = network::of(&self.client, scope)?;
        let wanted =
            Wanted { scope, spec, replicas: specs.len(), about: &about, env, network: &network, gateway };
        let login = Credentials::of(&image.id);
        let doing = format!("take the service of {}", spec.id);
        let body = wanted.body(group);
        self.client
            .post_with(&[login.header()], "/services/create", Some(&body), PATIENCE)?
            .done(&doing)
            .map(|_| ())
            .map_err(container::starting)
    }

    fn withdraw(&self, scope: &Scope, instances: &[InstanceId]) -> Result<(), DriverError> {
        let Some(first) = instances.first() else { return Ok(()) };
        for service in service::list(&self.client, scope, Some(group(first)?))? {
            self.end(&service)?;
        }
        let routed = Following { home: &self.followers.processes.home, scope }.is_wanted();
        if !routed && service::list(&self.client, scope, None)?.is_empty() {
            self.followers.end(scope)?;
            anchor::remove(&self.client, scope)?;
        }
        Ok(())
    }

    fn machines(&self) -> Result<u16, DriverError> {
        cluster::machines(&self.client)
    }
}

impl SwarmRuntime {
    /// Removes a service and waits for its tasks.
    fn end(&self, service: &Service) -> Result<(), DriverError> {
        let grace = service.instances()?.first().map_or(0, |spec| spec.grace.0);
        let mut left = self.alive(task::list(&self.client, &[&service.id])?)?;
        self.client.delete(&format!("/services/{}", service.id))?.found("remove a service")?;
        let until = SystemClock.monotonic() + Duration::from_millis(grace) + MARGIN;
        while !left.is_empty() {
            if SystemClock.monotonic() > until {
                let message = format!("{} tasks of {} still run", left.len(), service.group());
                return Err(failed(message).advise("see `docker node ls` for a node that does not answer"));
            }
            SystemClock.sleep(PAUSE);
            let mut now = Vec::new();
            for task in left {
                now.extend(task::one(&self.client, &task.id)?);
            }
            left = self.alive(now)?;
        }
        Ok(())
    }

    /// Tasks that run on nodes which answer. What runs on a lost one is ended by it when it comes back.
    fn alive(&self, tasks: Vec<Task>) -> Result<Vec<Task>, DriverError> {
        if tasks.iter().all(Task::is_over) {
            return Ok(Vec::new());
        }
        let nodes = cluster::nodes(&self.client)?;
        Ok(tasks.into_iter().filter(|task| !task.is_over() && nodes.is_ready(&task.node)).collect())
    }

    /// Where tasks of these services are reached. The scope's network is looked at only when some are reached there.
    fn places(&self, scope: &Scope, services: &[(String, InstanceSpec)]) -> Result<Places, DriverError> {
        let mut images = services.iter().filter_map(|(_, spec)| spec.image.as_ref());
        let inside = images.any(|image| image.publish == Publish::Overlay);
        let way = if inside { anchor::network_of(&self.client, scope)? } else { None };
        let overlay = match way {
            Some(way) => Some(Overlay { id: network::of(&self.client, scope)?.0, way }),
            None => None,
        };
        Ok(Places { nodes: cluster::nodes(&self.client)?, overlay })
    }

    fn find(&self, scope: &Scope, id: &InstanceId) -> Result<Option<(Service, u16)>, DriverError> {
        let Some((group, slot)) = id.group() else { return Ok(None) };
        Ok(service::list(&self.client, scope, Some(group))?.into_iter().next().map(|service| (service, slot)))
    }
}

impl Runtime for SwarmRuntime {
    fn start(&self, scope: &Scope, spec: &InstanceSpec, env: &Variables) -> Result<(), DriverError> {
        self.submit(scope, std::slice::from_ref(spec), env)
    }

    fn stop(&self, scope: &Scope, id: &InstanceId) -> Result<Option<ExitReport>, DriverError> {
        self.withdraw(scope, std::slice::from_ref(id)).map(|()| None)
    }

    fn list(&self, scope: &Scope) -> Result<Vec<InstanceStatus>, DriverError> {
        let services = service::list(&self.client, scope, None)?;
        let ids: Vec<&str> = services.iter().map(|service| service.id.as_str()).collect();
        let tasks = task::list(&self.client, &ids)?;
        let mut all = self.here.list(scope)?;
        all.retain(|status| matches!(status.spec.part, Part::Datastore { .. }));
        let mut placed = Vec::new();
        for service in &services {
            placed.extend(service.instances()?.into_iter().map(|spec| (service.id.clone(), spec)));
        }
        if !placed.is_empty() {
            let places = self.places(scope, &placed)?;
            for (service, spec) in placed {
                let slot = spec.id.group().map_or(0, |(_, slot)| slot);
                let mine = tasks.iter().filter(|task| task.service == service && task.slot == slot);
                all.push(task::status(spec, &mine.collect::<Vec<_>>(), &places));
            }
        }
        all.sort_by(|a, b| a.spec.id.cmp(&b.spec.id));
        Ok(all)
    }

    /// A swarm forgets tasks with their service.
    fn remove(&self, scope: &Scope, id: &InstanceId) -> Result<(), DriverError> {
        match self.find(scope, id)? {
            Some(_) => Err(failed(format!("{id} still runs")).advise("withdraw it first")),
            None => self.here.remove(scope, id),
        }
    }

    fn output(&self, scope: &Scope, id: &InstanceId, lines: usize) -> (Vec<LogLine>, Box<dyn Output>) {
        let Ok(Some((service, slot))) = self.find(scope, id) else {
            return self.here.output(scope, id, lines);
        };
        let specs = service.instances().unwrap_or_default();
        match specs.first() {
            Some(spec) => {
                let (first, log) = TaskLog::open(&self.client, &service, spec, slot, lines);
                (first, Box::new(log))
            }
            None => self.here.output(scope, id, lines),
        }
    }

    fn gateway(&self, _: &Scope) -> Result<Option<Ipv4Addr>, DriverError> {
        cluster::address(&self.client).map(Some)
    }

    fn network(&self, scope: &Scope, _: Ipv4Addr) -> Result<(), DriverError> {
        super::network::ensure(&self.client, scope)
    }
}

fn group(id: &InstanceId) -> Result<&str, DriverError> {
    let group = id.group().map(|(group, _)| group);
    group.ok_or_else(|| failed(format!("{id} was not submitted to a swarm")))
}
