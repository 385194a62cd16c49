//! The new release arrives: its instances start, are gated, and take the traffic.

use super::{Arrived, Rollout, SHORT, Together};
use crate::routing;
use model::facts::ServiceKind;
use model::id::{InstanceId, ServiceName};
use model::instance::{InstancePhase, InstanceStatus};
use model::manifest::Strategy;
use model::plan::{Action, Goal, Phase, Undo};
use model::routing::RoutingTable;
use model::unit::Millis;
use std::collections::BTreeSet;

impl Rollout<'_> {
    /// Starts and gates every service, those that others call first. A service that nobody serves yet takes its traffic
    /// as soon as it is gated: there is nothing to protect, and the services after it may need it to become healthy.
    pub(super) fn arrive(&mut self) {
        for wave in self.waves() {
            for service in &wave {
                self.start(service);
            }
            self.gate(&wave);
            let fresh = |name: &&ServiceName| {
                self.manifest().services[*name].port.is_some()
                    && self.serving.get(*name).is_none_or(Vec::is_empty)
            };
            let fresh: Vec<ServiceName> = wave.iter().filter(fresh).cloned().collect();
            if !fresh.is_empty() {
                for service in &fresh {
                    self.serve_with_new(service);
                }
                let table = self.table_now();
                self.route(table, if self.observed.live.is_some() { 0 } else { 100 });
            }
        }
    }

    /// Services in the order in which they can become healthy: a service comes after those whose `internal` address it
    /// is given. Services in a circle come together.
    fn waves(&self) -> Vec<Vec<ServiceName>> {
        let early = |name: &&ServiceName| {
            !matches!(self.manifest().services[*name].kind, ServiceKind::Scheduler | ServiceKind::Job)
        };
        let mut left: BTreeSet<ServiceName> =
            self.manifest().services.keys().filter(early).cloned().collect();
        let mut waves = Vec::new();
        while !left.is_empty() {
            let ready = |name: &&ServiceName| {
                self.depends_on(name).iter().all(|on| on == *name || !left.contains(on))
            };
            let mut wave: Vec<ServiceName> = left.iter().filter(ready).cloned().collect();
            if wave.is_empty() {
                wave = left.iter().cloned().collect();
            }
            left.retain(|name| !wave.contains(name));
            waves.push(wave);
        }
        waves
    }

    fn start(&mut self, service: &ServiceName) {
        let about = &self.manifest().services[service];
        let warm = self.warm(service);
        if warm.len() >= usize::from(about.replicas) {
            self.arrived.insert(service.clone(), warm);
            return;
        }
        let attempt = self.attempts(service) + 1;
        let release = &self.release.id;
        let ids = (1..=about.replicas).map(|ordinal| InstanceId::of(service, release, ordinal, attempt));
        let mut arrived = Vec::new();
        for together in Together::of(self.target(), ids.map(|id| (id, about.grace))) {
            // Where an orchestrator runs it, its port is known only then.
            let chosen = about.port.is_some() && !self.target().orchestrated();
            let port = if chosen { self.ports.pop_front() } else { None };
            let address = routing::place(port, about);
            arrived.extend(together.instances().iter().map(|id| Arrived { id: id.clone(), address }));
            let undo = Undo::Action { action: Box::new(together.end()) };
            self.steps.push(Phase::Start, together.start(release, service, port), undo, SHORT);
        }
        self.arrived.insert(service.clone(), arrived);
    }

    /// Instances of this release that still run beside the live one.
    fn warm(&self, service: &ServiceName) -> Vec<Arrived> {
        let live = self.observed.live.as_ref();
        let idle = |status: &&InstanceStatus| {
            status.phase == InstancePhase::Running
                && status.spec.part.service() == Some((service, &self.release.id))
                && live.is_none_or(|live| !live.instances.contains(&status.spec.id))
        };
        let found = self.observed.instances.iter().filter(idle);
        let about = &self.manifest().services[service];
        let address = |status: &InstanceStatus| routing::place(status.spec.port, about);
        found.map(|status| Arrived { id: status.spec.id.clone(), address: address(status) }).collect()
    }

    /// How often this release's service was started before, by the ids that are still on record.
    fn attempts(&self, service: &ServiceName) -> u32 {
        let of_release = self
            .observed
            .instances
            .iter()
            .filter(|s| s.spec.part.service() == Some((service, &self.release.id)));
        of_release
            .filter_map(|status| status.spec.id.as_str().rsplit('-').nth(1)?.parse().ok())
            .max()
            .unwrap_or(0)
    }

    fn gate(&mut self, services: &[ServiceName]) {
        let arrived = |name: &ServiceName| self.arrived.get(name).cloned().unwrap_or_default();
        let instances: Vec<InstanceId> =
            services.iter().flat_map(arrived).map(|arrived| arrived.id).collect();
        let nothing = || Undo::Nothing { reason: "it changes nothing".into() };
        let policy = &self.manifest().deploy;
        let action = Action::Gate { instances, healthy: policy.healthy };
        self.steps.push(Phase::Gate, action, nothing(), policy.start_timeout);
        let manifest = self.manifest();
        for service in services.iter().filter(|name| manifest.services[*name].port.is_some()) {
            if let Some(first) = self.arrived.get(service).and_then(|all| all.first()) {
                let action = Action::Smoke { service: service.clone(), instance: first.id.clone() };
                self.steps.push(Phase::Smoke, action, nothing(), SHORT);
            }
        }
    }

    /// Moves the traffic of services that an older release still serves, by the strategy of the manifest.
    pub(super) fn shift(&mut self, goal: &Goal) {
        let old = self.observed.live.as_ref().map(|live| live.release.id.clone());
        let moving: Vec<ServiceName> = self
            .serving
            .iter()
            .filter(|(_, members)| {
                members.iter().any(|member| member.weight > 0 && !self.is_new(&member.instance))
            })
            .map(|(name, _)| name.clone())
            .collect();
        self.replace_schedulers();
        if moving.is_empty() {
            return;
        }
        let policy = self.manifest().deploy.clone();
        let careful = matches!(goal, Goal::Deploy | Goal::Up) && old.as_ref() != Some(&self.release.id);
        if let (Strategy::Canary { steps, hold }, true) = (&policy.strategy, careful) {
            for share in steps {
                let table = self.shared_table(&moving, u16::from(*share));
                self.route(table, *share);
                self.watch(*hold);
            }
        }
        let table = self.shared_table(&moving, 100);
        self.route(table, 100);
        if careful {
            self.watch(policy.watch.duration);
        }
    }

    fn watch(&mut self, duration: Millis) {
        if duration.0 == 0 {
            return;
        }
        let mut policy = self.manifest().deploy.watch.clone();
        policy.duration = duration;
        let old = self.observed.live.as_ref().map(|live| live.release.id.clone());
        let action = Action::Watch { new: self.release.id.clone(), old, policy };
        let undo = Undo::Nothing { reason: "it changes nothing".into() };
        self.steps.push(Phase::Watch, action, undo, Millis(duration.0 + 60_000));
    }

    /// A scheduler must never run twice: the old one stops before the new one starts.
    fn replace_schedulers(&mut self) {
        let schedulers: Vec<ServiceName> = self
            .manifest()
            .services
            .iter()
            .filter(|(_, about)| about.kind == ServiceKind::Scheduler)
            .map(|(name, _)| name.clone())
            .collect();
        for service in schedulers {
            let old =
                self.observed.live.as_ref().map(|live| (live.release.id.clone(), live.instances.clone()));
            let Some((release, instances)) = old else {
                self.start(&service);
                self.gate(std::slice::from_ref(&service));
                continue;
            };
            let runs = self.observed.instances.iter().filter(|status| {
                status.spec.part.service().is_some_and(|(name, _)| name == &service)
                    && instances.contains(&status.spec.id)
            });
            let runs = runs.map(|status| (status.spec.id.clone(), status.spec.grace));
            for together in Together::of(self.target(), runs) {
                let undo = Undo::Action { action: Box::new(together.start(&release, &service, None)) };
                self.steps.push(Phase::Shift, together.end(), undo, together.patience());
            }
            self.start(&service);
            self.gate(std::slice::from_ref(&service));
        }
    }

    pub(super) fn is_new(&self, instance: &InstanceId) -> bool {
        self.arrived.values().flatten().any(|arrived| &arrived.id == instance)
    }

    fn serve_with_new(&mut self, service: &ServiceName) {
        let release = &self.release.id;
        let members = self.arrived.get(service).into_iter().flatten();
        let members = members
            .filter_map(|arrived| Some(routing::member(&arrived.id, release, arrived.address?, 100)))
            .collect();
        self.serving.insert(service.clone(), members);
    }

    /// The table in which new instances of `moving` take `share` percent, and the old ones the rest.
    fn shared_table(&mut self, moving: &[ServiceName], share: u16) -> RoutingTable {
        for service in moving {
            let old: Vec<_> =
                self.serving[service].iter().filter(|m| !self.is_new(&m.instance)).cloned().collect();
            let new = self.arrived.get(service).cloned().unwrap_or_default();
            let (old_count, new_count) = (count(old.len()), count(new.len()));
            let mut members = Vec::new();
            for arrived in &new {
                let Some(address) = arrived.address else { continue };
                let weight = share.saturating_mul(old_count);
                members.push(routing::member(&arrived.id, &self.release.id, address, weight));
            }
            for mut member in old {
                member.weight = (100 - share).saturating_mul(new_count);
                members.push(member);
            }
            self.serving.insert(service.clone(), members);
        }
        self.table_now()
    }

    pub(super) fn table_now(&self) -> RoutingTable {
        routing::table(self.manifest(), &self.addresses, &self.serving)
    }

    pub(super) fn route(&mut self, table: RoutingTable, share: u8) {
        let before = self.table.replace(table.clone());
        let undo = match before {
            Some(table) => Action::Route { table, share: 0 },
            None => Action::Unroute,
        };
        let undo = Undo::Action { action: Box::new(undo) };
        self.steps.push(Phase::Shift, Action::Route { table, share }, undo, SHORT);
    }
}

fn count(length: usize) -> u16 {
    u16::try_from(length.max(1)).unwrap_or(u16::MAX)
}
