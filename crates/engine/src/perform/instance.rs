//! Starting, draining and stopping instances.

use super::prepare::problems_failure;
use super::{Detail, Performer, context};
use crate::driver::Variables;
use crate::error::DriverError;
use model::Secret;
use model::event::FailureKind;
use model::facts::Phase;
use model::id::{InstanceId, ReleaseId, ServiceName};
use model::instance::{InstanceSpec, Part, Restart, StopSignal};
use model::manifest::{Service, Setting, ValueSource};
use model::routing::MemberReading;
use model::unit::{Millis, Port};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// How often a drain is looked at.
const DRAIN_PAUSE: Duration = Duration::from_millis(50);
/// How long an instance may take for requests that it still has when it is stopped.
const LAST_REQUESTS: Millis = Millis::seconds(10);

impl Performer<'_> {
    pub(super) fn start(
        &self,
        instance: &InstanceId,
        release: &ReleaseId,
        service: &ServiceName,
        port: Option<Port>,
    ) -> Result<Detail, DriverError> {
        let local = self.local()?;
        let runtime = &local.runtime;
        let runs = |id: &InstanceId| -> Result<bool, DriverError> {
            let all = runtime.list(&self.plan.scope)?;
            Ok(all.iter().any(|s| &s.spec.id == id && s.phase != model::instance::InstancePhase::Ended))
        };
        if runs(instance)? {
            return Ok(None);
        }
        if let Some(port) = port {
            refuse_taken(service, port)?;
        }
        let (spec, env) = self.wanted(instance, release, service, port)?;
        runtime.start(&self.plan.scope, &spec, &env)?;
        Ok(None)
    }

    /// Hands instances to the orchestrator.
    pub(super) fn submit(
        &self,
        instances: &[InstanceId],
        release: &ReleaseId,
        service: &ServiceName,
    ) -> Result<Detail, DriverError> {
        let Some(first) = instances.first() else { return Ok(None) };
        let (spec, env) = self.wanted(first, release, service, None)?;
        let specs: Vec<InstanceSpec> =
            instances.iter().map(|id| InstanceSpec { id: id.clone(), ..spec.clone() }).collect();
        self.local()?.orchestrator()?.submit(&self.plan.scope, &specs, &env)?;
        Ok(None)
    }

    /// Takes instances back from the orchestrator. Those that still answer requests may finish them first.
    pub(super) fn withdraw(&self, instances: &[InstanceId]) -> Result<Detail, DriverError> {
        // A proxy that does not answer is no reason to let them run.
        let _late = self.quiet(instances, LAST_REQUESTS, |member| member.in_flight);
        self.local()?.orchestrator()?.withdraw(&self.plan.scope, instances)?;
        Ok(None)
    }

    /// What an instance is started with, and its environment.
    fn wanted(
        &self,
        instance: &InstanceId,
        release: &ReleaseId,
        service: &ServiceName,
        port: Option<Port>,
    ) -> Result<(InstanceSpec, Variables), DriverError> {
        let local = self.local()?;
        let release_record = self.release(release)?;
        let manifest = &release_record.manifest;
        let about = manifest.services.get(service).ok_or_else(|| {
            DriverError::new(FailureKind::Start, format!("release {release} has no service {service}"))
        })?;
        let launch = local.builder.command(context(manifest, release), service, port)?;
        let settings = self.settings(manifest)?;
        let mut env: Variables =
            launch.env.into_iter().map(|(name, value)| (name, Secret::new(value))).collect();
        env.extend(settings.of(service, Phase::Run).map_err(|problems| problems_failure(&problems))?);
        // In an image the program has its own port; this machine's is known only outside.
        let told = launch.image.as_ref().map_or(port, |image| image.port);
        if let (Some(port), Some(about)) = (told, &about.port) {
            let name = about.env.clone().unwrap_or_else(|| "PORT".into());
            env.insert(name, Secret::new(port.to_string()));
        }
        let spec = InstanceSpec {
            id: instance.clone(),
            part: Part::Service { service: service.clone(), release: release.clone() },
            command: launch.command,
            directory: launch.directory,
            user: None,
            port,
            limits: about.limits,
            stop: StopSignal::Terminate,
            grace: about.grace,
            restart: Restart::Always,
            secrets: secret_names(about),
            image: launch.image,
        };
        Ok((spec, env))
    }

    /// Stops an instance. One that still answers requests (because its release is being taken back) may finish them first.
    pub(super) fn stop(&self, instance: &InstanceId) -> Result<Detail, DriverError> {
        let last = std::slice::from_ref(instance);
        // A proxy that does not answer is no reason to let an instance run.
        let _late = self.quiet(last, LAST_REQUESTS, |member| member.in_flight);
        let exit = self.local()?.runtime.stop(&self.plan.scope, instance)?;
        Ok(exit.map(|exit| exit.to_string()))
    }

    /// Waits until no connection is open on these instances, or the limit is over: then they are stopped with what they have.
    pub(super) fn drain(&self, instances: &[InstanceId], limit: Millis) -> Result<Detail, DriverError> {
        let busy = self.quiet(instances, limit, |member| member.in_flight + member.upgraded)?;
        Ok((busy > 0).then(|| format!("{busy} connections did not end within {limit}")))
    }

    /// Waits until a count is zero on all of these instances, at most for `limit`. Returns the last sum.
    fn quiet(
        &self,
        instances: &[InstanceId],
        limit: Millis,
        count: fn(&MemberReading) -> u64,
    ) -> Result<u64, DriverError> {
        let until = self.engine.clock.monotonic() + limit.duration();
        loop {
            let Some(state) = self.engine.drivers.traffic.state(&self.plan.scope)? else { return Ok(0) };
            let members = state.pools.iter().flat_map(|pool| &pool.members);
            let busy: u64 = members.filter(|member| instances.contains(&member.instance)).map(count).sum();
            if busy == 0 || self.engine.clock.monotonic() >= until {
                return Ok(busy);
            }
            self.sleep(DRAIN_PAUSE);
        }
    }
}

/// The variables whose values must not be seen in what a service's programs write: its secrets, and all that is kept as one.
pub(super) fn secret_names(about: &Service) -> Vec<String> {
    let is_kept = |setting: &Setting| match setting.source {
        ValueSource::Generated { .. } | ValueSource::Vault => true,
        ValueSource::Template { .. } | ValueSource::Unset => false,
    };
    let hidden = about.env.iter().filter(|(name, setting)| is_kept(setting) || about.is_secret(name));
    hidden.map(|(name, _)| name.clone()).collect()
}

fn refuse_taken(service: &ServiceName, port: Port) -> Result<(), DriverError> {
    if host::network::port_free(SocketAddr::from((Ipv4Addr::LOCALHOST, port.0))) {
        return Ok(());
    }
    let owner = host::network::port_owner(port).unwrap_or_else(|| "another program".into());
    let message = format!("port {port}, chosen for {service}, was taken by {owner} meanwhile");
    Err(DriverError::new(FailureKind::Start, message)
        .advise("run the command again; another port will be chosen"))
}
