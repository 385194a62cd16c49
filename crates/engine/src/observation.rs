//! The look at the world that plans are made of.

use crate::core::{Engine, TargetDrivers};
use crate::driver::BuildContext;
use crate::error::EngineError;
use crate::settings::{Moment, Settings};
use model::facts::{DatastoreKind, Runtime};
use model::id::{ReleaseId, Scope, ServiceName};
use model::manifest::{Manifest, Provider, Target};
use model::observed::{Basis, MigrationFile, Observed, Tool};
use model::plan::Plan;
use model::release::{Release, ReleaseState};
use model::unit::{Bytes, Port};
use planner::refusal::tool_name;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::Path;

/// Ports of instances, services' own addresses and datastores.
const PORTS: RangeInclusive<u16> = 21_000..=29_999;
/// The public entry's first choices.
const ENTRY_PORTS: RangeInclusive<u16> = 8080..=8089;

impl Engine {
    /// Looks at everything that a plan for this manifest may need. `root` is the repository, when the plan may build it.
    ///
    /// # Errors
    /// When the record, the vault or a driver cannot be read.
    pub fn observe(&self, manifest: &Manifest, root: Option<&Path>) -> Result<Observed, EngineError> {
        let scope = manifest.scope();
        let live = self.ledger.live(&scope)?.map(|live| live.release.manifest.environment.target);
        let known = self.known_on(&scope, live.unwrap_or(manifest.environment.target))?;
        let local = self.drivers.of(manifest.environment.target)?;
        let settings = Settings::load(self, manifest, &known.addresses, Moment::Planning)?;
        let mut observed = Observed {
            settings_digest: settings.digest(),
            setting_problems: settings.problems(),
            secrets: self.vault(&scope)?.names()?.iter().map(ToString::to_string).collect(),
            tools: tools(manifest, local),
            gateway: local.runtime.gateway(&scope)?,
            machines: local.orchestrator.as_ref().map_or(Ok(1), |orchestrator| orchestrator.machines())?,
            incomplete: self.incomplete(&known)?,
            ..known
        };
        if let Some(root) = root {
            observed.source = Some(local.builder.source(root)?);
            observed.layers = local.builder.layers()?.into_iter().collect();
            // Images have layers of their own.
            if !manifest.environment.target.in_containers() {
                observed.wanted_layers = wanted_layers(local, manifest, root)?;
            }
            observed.new_migrations = self.new_migrations(manifest, root, &observed);
        }
        let others = self.ports_of_others(&scope)?;
        let mine = ports_of(&observed);
        observed.taken_ports = taken_ports(manifest, &mine, &others);
        let wanted = manifest.services.values().map(|service| usize::from(service.replicas)).sum::<usize>();
        let spare = wanted + manifest.services.len() + manifest.datastores.len() + 4;
        let usable = |port: &Port| !mine.contains(&port.0) && !others.contains_key(&port.0);
        let free = free_ports(spare + mine.len() + others.len());
        observed.free_ports = free.into_iter().filter(usable).collect();
        Ok(observed)
    }

    /// What is known of a scope without its manifest: enough for `status`, `rollback` and `down`.
    ///
    /// # Errors
    /// When the record or a driver cannot be read.
    pub fn known(&self, scope: &Scope) -> Result<Observed, EngineError> {
        self.known_on(scope, self.target(scope)?)
    }

    fn known_on(&self, scope: &Scope, target: Target) -> Result<Observed, EngineError> {
        let addresses = self.ledger.addresses(scope)?;
        Ok(Observed {
            scope: scope.clone(),
            at: self.clock.now(),
            source: None,
            settings_digest: String::new(),
            releases: self.ledger.releases(scope)?,
            live: self.ledger.live(scope)?,
            instances: self.drivers.of(target)?.runtime.list(scope)?,
            incomplete: BTreeMap::new(),
            traffic: self.drivers.traffic.state(scope)?,
            datastores: addresses.datastores.keys().cloned().collect(),
            addresses,
            gateway: None,
            machines: 1,
            free_ports: Vec::new(),
            taken_ports: BTreeMap::new(),
            secrets: BTreeSet::new(),
            layers: BTreeSet::new(),
            wanted_layers: BTreeMap::new(),
            tools: BTreeMap::new(),
            new_migrations: Vec::new(),
            disk_free: self.disk_free(),
            setting_problems: Vec::new(),
        })
    }

    /// The basis of a plan for a scope, as it is now.
    pub(crate) fn basis(&self, plan: &Plan) -> Result<Basis, EngineError> {
        let live = self.ledger.live(&plan.scope)?.map(|live| live.release.manifest);
        let wanted = plan.release.as_ref().map(|release| &release.manifest);
        let target = match live.as_ref().or(wanted) {
            Some(manifest) => manifest.environment.target,
            None => self.target(&plan.scope)?,
        };
        Ok(self.known_on(&plan.scope, target)?.basis())
    }

    fn disk_free(&self) -> Bytes {
        let existing = self.home.root.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
        // A file system that does not tell is taken as roomy: a full disk is noticed by whoever writes.
        Bytes(host::files::free_bytes(existing).unwrap_or(u64::MAX))
    }

    /// What is missing of the releases that someone may want to start again.
    fn incomplete(&self, known: &Observed) -> Result<BTreeMap<ReleaseId, String>, EngineError> {
        let mut found = BTreeMap::new();
        for view in &known.releases {
            match view.state {
                ReleaseState::Live | ReleaseState::Retired => {}
                ReleaseState::Pending | ReleaseState::Failed | ReleaseState::Pruned => continue,
            }
            let Release { id, manifest, .. } = &view.release;
            let lacks = self
                .drivers
                .of(manifest.environment.target)?
                .builder
                .lacks(BuildContext { manifest, release: id })?;
            found.extend(lacks.map(|what| (id.clone(), what)));
        }
        Ok(found)
    }

    /// Migrations of the repository that the live release's copy of it does not have. What cannot be read is left out: the
    /// migration tool will say what is wrong with it.
    fn new_migrations(&self, manifest: &Manifest, root: &Path, observed: &Observed) -> Vec<MigrationFile> {
        let Some(live) = &observed.live else { return Vec::new() };
        let before = self.home.release(&observed.scope, &live.release.id).join("source");
        let folders: BTreeSet<&str> = manifest
            .services
            .values()
            .filter_map(|service| service.migrations.as_ref())
            .map(|migrations| migrations.path.as_str())
            .collect();
        let mut found = Vec::new();
        for folder in folders {
            let Ok(files) = host::files::walk_source(&root.join(folder)) else { continue };
            for file in files.files {
                let path = Path::new(folder).join(&file);
                if before.join(&path).exists() {
                    continue;
                }
                if let Ok(text) = host::files::read_text(&root.join(&path)) {
                    found.push(MigrationFile { path: path.display().to_string(), text });
                }
            }
        }
        found
    }

    /// Ports that were given to other scopes; they stay theirs while they are down.
    fn ports_of_others(&self, scope: &Scope) -> Result<BTreeMap<u16, Scope>, EngineError> {
        let mut ports = BTreeMap::new();
        for other in self.ledger.scopes()?.into_iter().filter(|other| other != scope) {
            for port in self.ledger.addresses(&other)?.ports() {
                ports.insert(port.0, other.clone());
            }
        }
        Ok(ports)
    }
}

fn wanted_layers(
    local: &TargetDrivers,
    manifest: &Manifest,
    root: &Path,
) -> Result<BTreeMap<ServiceName, String>, EngineError> {
    let with_install = manifest.services.iter().filter(|(_, service)| service.build.install.is_some());
    let mut layers = BTreeMap::new();
    for (name, _) in with_install {
        layers.insert(name.clone(), local.builder.layer(root, manifest, name)?);
    }
    Ok(layers)
}

fn tools(manifest: &Manifest, local: &TargetDrivers) -> BTreeMap<String, Tool> {
    let path = host::environment::search_path();
    let runtimes: BTreeSet<Runtime> =
        manifest.services.values().filter_map(|service| Some(service.build.runtime.as_ref()?.name)).collect();
    let mut tools: BTreeMap<String, Tool> = runtimes
        .into_iter()
        .map(|runtime| {
            let found = host::process::find_program(tool_name(runtime), &path);
            let tool = Tool { path: found.map(|path| path.display().to_string()), version: None };
            (tool_name(runtime).to_owned(), tool)
        })
        .collect();
    for store in manifest.datastores.values().filter(|store| store.provider == Provider::Embedded) {
        let name = match store.kind {
            DatastoreKind::Postgres => "postgres",
            DatastoreKind::Redis => "redis-server",
            _ => continue,
        };
        let there = local.datastore(store.kind).and_then(|driver| driver.check()).is_ok();
        tools.insert(name.into(), Tool { path: there.then(|| name.into()), version: None });
    }
    tools
}

/// Free ports, from a place on that differs between processes: two projects that are planned at the same moment should not
/// choose the same ones.
fn free_ports(count: usize) -> Vec<Port> {
    let spread = u32::from(PORTS.end() - PORTS.start()) / 2;
    let offset = host::identity::owner().pid.wrapping_mul(61) % spread;
    let start = PORTS.start() + u16::try_from(offset).unwrap_or(0);
    let free = host::network::free_ports(start..=*PORTS.end(), count);
    if free.len() == count { free } else { host::network::free_ports(PORTS, count) }
}

fn ports_of(observed: &Observed) -> BTreeSet<u16> {
    let instances = observed.instances.iter().filter_map(|status| status.spec.port);
    instances.chain(observed.addresses.ports()).map(|port| port.0).collect()
}

fn taken_ports(
    manifest: &Manifest,
    mine: &BTreeSet<u16>,
    others: &BTreeMap<u16, Scope>,
) -> BTreeMap<u16, String> {
    let services =
        manifest.services.values().filter_map(|service| service.port.as_ref()).map(|port| port.number.0);
    let environment = &manifest.environment;
    let entry = environment.port.into_iter().chain(environment.http_port).map(|port| port.0);
    let wanted: BTreeSet<u16> = services.chain(entry).chain(ENTRY_PORTS).collect();
    let listen = environment.listen;
    let owner = |port: u16| {
        if let Some(scope) = others.get(&port) {
            return Some(format!("the project {scope}"));
        }
        let free = |address: IpAddr| host::network::port_free(SocketAddr::new(address, port));
        if free(IpAddr::V4(Ipv4Addr::LOCALHOST)) && free(listen) {
            return None;
        }
        Some(host::network::port_owner(Port(port)).unwrap_or_else(|| "another program".into()))
    };
    wanted
        .into_iter()
        .filter(|port| !mine.contains(port))
        .filter_map(|port| Some((port, owner(port)?)))
        .collect()
}
