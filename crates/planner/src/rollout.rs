//! The transaction by which a release goes live. Deploy, rollback and up differ only in where it begins.
//!
//! preflight → provision → build → migrate → start → gate → smoke → shift → watch → record → drain.
//! Everything before `record` can be undone; `record` is the commit, and what follows is finished even after a crash.

mod arrival;
mod departure;
mod steps;
mod together;

pub use steps::Steps;
pub(crate) use together::Together;

use crate::goal::Inputs;
use crate::routing::{self, Members};
use model::facts::Phase as ReadPhase;
use model::id::{InstanceId, ServiceName};
use model::manifest::{Manifest, Provider, Service, Target, ValueSource};
use model::observed::{Addresses, Observed};
use model::plan::{Action, Goal, Phase, Plan, SecretSlot, Undo};
use model::release::Release;
use model::routing::RoutingTable;
use model::unit::{Millis, Port};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

/// Where a rollout begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// With the repository: it is copied, built and migrated.
    Source,
    /// With a release that is built.
    Built,
}

const LONG: Millis = Millis::seconds(30 * 60);
const SHORT: Millis = Millis::seconds(30);

/// A rollout on its way to a plan.
pub struct Rollout<'a> {
    release: &'a Release,
    observed: &'a Observed,
    stage: Stage,
    addresses: Addresses,
    ports: VecDeque<Port>,
    /// Who serves as far as the steps go until now.
    serving: Members,
    /// The table in force as far as the steps go until now.
    table: Option<RoutingTable>,
    /// The instances of the new release.
    arrived: BTreeMap<ServiceName, Vec<Arrived>>,
    steps: Steps,
}

/// An instance of the new release.
#[derive(Debug, Clone)]
struct Arrived {
    id: InstanceId,
    /// Where it takes requests; `None` when it listens to nobody.
    address: Option<SocketAddr>,
}

impl<'a> Rollout<'a> {
    /// Begins a rollout.
    pub fn new(release: &'a Release, observed: &'a Observed, stage: Stage) -> Self {
        let (addresses, free) = routing::give_addresses(&release.manifest, observed);
        let serving = routing::live_members(observed);
        let old = observed.live.as_ref().map(|live| &live.release.manifest);
        let table = old
            .filter(|_| observed.traffic.is_some())
            .map(|manifest| routing::table(manifest, &observed.addresses, &serving));
        Self {
            release,
            observed,
            stage,
            addresses,
            ports: free.into(),
            serving,
            table,
            arrived: BTreeMap::new(),
            steps: Steps::default(),
        }
    }

    /// All its steps as a plan for a goal.
    pub fn plan(mut self, goal: Goal, inputs: &Inputs) -> Plan {
        self.provision();
        if self.stage == Stage::Source {
            self.build();
            self.migrate();
        }
        self.arrive();
        self.shift(&goal);
        self.record();
        self.depart();
        Plan {
            goal,
            scope: self.observed.scope.clone(),
            run: inputs.run.clone(),
            based_on: self.observed.basis(),
            release: Some(self.release.clone()),
            replaces: self.observed.live.as_ref().map(|live| live.release.id.clone()),
            steps: self.steps.into(),
        }
    }

    fn manifest(&self) -> &'a Manifest {
        &self.release.manifest
    }

    fn target(&self) -> Target {
        self.manifest().environment.target
    }

    fn listens(&self) -> bool {
        self.manifest().services.values().any(|service| service.port.is_some())
    }

    fn provision(&mut self) {
        let kept = |reason: &str| Undo::Nothing { reason: reason.to_owned() };
        let ports = self.new_ports();
        self.steps.push(Phase::Preflight, Action::Preflight { ports }, kept("it changes nothing"), SHORT);
        if self.addresses != self.observed.addresses {
            let action = Action::Assign { addresses: self.addresses.clone() };
            self.steps.push(Phase::Provision, action, kept("ports that were given once stay"), SHORT);
        }
        if let (Some(gateway), true) = (self.addresses.gateway, self.target().in_containers()) {
            let action = Action::Network { gateway };
            self.steps.push(Phase::Provision, action, kept("later releases are on the same network"), SHORT);
        }
        let secrets = self.missing_secrets();
        if !secrets.is_empty() {
            let action = Action::GenerateSecrets { secrets };
            self.steps.push(Phase::Provision, action, kept("the next attempt uses the same secrets"), SHORT);
        }
        for (name, store) in &self.manifest().datastores {
            let (Provider::Embedded, Some(port)) = (store.provider, self.addresses.datastores.get(name))
            else {
                continue;
            };
            let action = Action::Provision {
                datastore: name.clone(),
                kind: store.kind,
                provider: store.provider,
                port: *port,
            };
            self.steps.push(
                Phase::Provision,
                action,
                kept("a datastore outlives releases"),
                Millis::seconds(120),
            );
        }
        if self.listens() {
            self.steps.push(
                Phase::Provision,
                Action::EnsureProxy,
                kept("it serves other projects too"),
                SHORT,
            );
        }
    }

    /// Ports that nobody listens on yet and that this rollout will use.
    fn new_ports(&self) -> Vec<Port> {
        let of = |addresses: &Addresses| {
            let mut ports: Vec<Port> = addresses.services.values().copied().collect();
            ports.extend(addresses.entry.into_iter().chain(addresses.http));
            ports
        };
        let known = of(&self.observed.addresses);
        let mut ports = of(&self.addresses);
        ports.retain(|port| self.table.is_none() || !known.contains(port));
        ports.sort_unstable();
        ports
    }

    fn missing_secrets(&self) -> Vec<SecretSlot> {
        let services = self.manifest().services.iter();
        let slots = services.flat_map(|(service, about)| {
            about.env.iter().filter_map(|(name, setting)| match setting.source {
                ValueSource::Generated { bytes } => {
                    Some(SecretSlot { service: service.clone(), name: name.clone(), bytes })
                }
                ValueSource::Template { .. } | ValueSource::Vault | ValueSource::Unset => None,
            })
        });
        slots
            .filter(|slot| !self.observed.secrets.contains(&format!("{}/{}", slot.service, slot.name)))
            .collect()
    }

    fn build(&mut self) {
        let kept =
            || Undo::Nothing { reason: "the folder is kept for a look; a later deploy removes it".into() };
        let release = self.release.id.clone();
        self.steps.push(Phase::Build, Action::Snapshot { release: release.clone() }, kept(), LONG);
        let mut layers: BTreeMap<&str, Vec<ServiceName>> = BTreeMap::new();
        for (service, layer) in &self.observed.wanted_layers {
            if self.manifest().services.get(service).is_some_and(|about| about.build.install.is_some()) {
                layers.entry(layer).or_default().push(service.clone());
            }
        }
        for (layer, services) in layers {
            let reuse = self.observed.layers.contains(layer);
            let action =
                Action::Install { release: release.clone(), services, layer: layer.to_owned(), reuse };
            self.steps.push(Phase::Build, action, kept(), LONG);
        }
        // An image is made of every service, also of one that is started as it stands in the repository.
        let built = |about: &Service| self.target().in_containers() || about.build.command.is_some();
        let manifest = self.manifest();
        let services: Vec<_> = manifest.services.iter().filter(|(_, about)| built(about)).collect();
        for (service, _) in services {
            let action = Action::Build { release: release.clone(), service: service.clone() };
            self.steps.push(Phase::Build, action, kept(), LONG);
        }
    }

    fn migrate(&mut self) {
        let mut done = Vec::new();
        for (service, about) in &self.manifest().services {
            let Some(migrations) = about.migrations.clone() else { continue };
            if done.contains(&migrations.path) {
                continue;
            }
            done.push(migrations.path.clone());
            let action =
                Action::Migrate { release: self.release.id.clone(), service: service.clone(), migrations };
            let reason = "the schema stays as migrated: the release before must work with it".to_owned();
            self.steps.push(Phase::Migrate, action, Undo::Nothing { reason }, LONG);
        }
    }

    fn record(&mut self) {
        let instances = self.arrived.values().flatten().map(|arrived| arrived.id.clone()).collect();
        let action = Action::Record { release: Some(self.release.id.clone()), instances };
        let reason = "from here the new release is the live one; what follows is finished".to_owned();
        self.steps.push(Phase::Record, action, Undo::Commit { reason }, SHORT);
    }

    /// Whether a variable of a service is read when it runs and refers to another service.
    fn depends_on(&self, service: &ServiceName) -> Vec<ServiceName> {
        let Some(about) = self.manifest().services.get(service) else { return Vec::new() };
        let templates =
            about.env.values().filter(|setting| setting.phase == ReadPhase::Run).filter_map(|setting| {
                match &setting.source {
                    ValueSource::Template { value } => Some(value),
                    ValueSource::Generated { .. } | ValueSource::Vault | ValueSource::Unset => None,
                }
            });
        let internal =
            templates.flat_map(|value| value.references()).filter(|reference| reference.field == "internal");
        let known = self.manifest().services.keys();
        let known: BTreeMap<&str, &ServiceName> = known.map(|name| (name.as_str(), name)).collect();
        internal
            .filter_map(|reference| known.get(reference.name.as_str()).map(|name| (*name).clone()))
            .collect()
    }
}
