//! The routing table of a scope, from its manifest, its ports and the members that shall serve.

use model::id::{InstanceId, ReleaseId, ServiceName};
use model::instance::{InstancePhase, InstanceStatus};
use model::manifest::{Environment, Manifest, Service, Target};
use model::observed::{Addresses, Observed};
use model::routing::{Listener, Member, MemberState, Pool, PoolLimits, Route, RoutingTable};
use model::unit::{Millis, Port};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Who serves each service.
pub type Members = BTreeMap<ServiceName, Vec<Member>>;

/// The address of a member that is looked up when the table is put in force: an orchestrator decides where it runs, and
/// may move it.
pub const UNKNOWN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// The address of what listens at a port of this machine's own.
pub fn here(port: Port) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.0)
}

/// Where an instance of a service with this port takes requests, as far as a table may say so before it is in force.
pub fn place(port: Option<Port>, service: &Service) -> Option<SocketAddr> {
    service.port.as_ref()?;
    Some(port.map_or(UNKNOWN, here))
}

/// An instance as a member that takes `weight` shares of the new requests.
pub fn member(instance: &InstanceId, release: &ReleaseId, address: SocketAddr, weight: u16) -> Member {
    Member {
        instance: instance.clone(),
        release: release.clone(),
        address,
        network: None,
        weight,
        state: MemberState::Active,
    }
}

/// The table: one listener for the public entry with every service's prefixes, and one on loopback for each service's
/// own address. A service without members is left out, so that its routes answer 404 rather than wait for nobody.
pub fn table(manifest: &Manifest, addresses: &Addresses, members: &Members) -> RoutingTable {
    let serving = |name: &ServiceName| members.get(name).is_some_and(|members| !members.is_empty());
    let services =
        || manifest.services.iter().filter(|(name, service)| service.port.is_some() && serving(name));
    let mut listeners: Vec<Listener> = services()
        .filter_map(|(name, _)| Some((name, *addresses.services.get(name)?)))
        .flat_map(|(name, port)| {
            at_home(manifest, addresses).map(move |address| own_listener(name, address, port))
        })
        .collect();
    let routes: Vec<Route> = services()
        .flat_map(|(name, service)| service.routes.iter().map(move |prefix| (name, prefix)))
        .flat_map(|(name, prefix)| entry_routes(&manifest.environment, name, prefix))
        .collect();
    if let (Some(port), false) = (addresses.entry, routes.is_empty()) {
        let at = |port: Port| SocketAddr::new(manifest.environment.listen, port.0);
        let tls = manifest.environment.tls.clone();
        if let (Some(http), true) = (addresses.http, tls.is_some()) {
            let to_https = |route: &Route| Route { redirect: Some(port), ..route.clone() };
            let routes = routes.iter().map(to_https).collect();
            listeners.push(Listener { address: at(http), tls: None, routes });
        }
        listeners.push(Listener { address: at(port), tls, routes });
    }
    let pools = services()
        .map(|(name, service)| Pool {
            service: name.clone(),
            members: members.get(name).cloned().unwrap_or_default(),
            health: service.health.clone(),
            limits: PoolLimits { upgraded_drain: tunnel_life(manifest, service), ..PoolLimits::default() },
        })
        .collect();
    RoutingTable { scope: manifest.scope(), generation: 0, listeners, pools }
}

/// How long an upgraded connection lasts once its instance drains. The instance itself is to end it, in the words of its
/// protocol, when it is asked to stop; the proxy can only cut it, so it waits until the instance has had its time.
fn tunnel_life(manifest: &Manifest, service: &Service) -> Millis {
    Millis(manifest.deploy.drain.0 + service.grace.0)
}

/// Where services have their own addresses: on loopback, and where containers reach this machine.
fn at_home(manifest: &Manifest, addresses: &Addresses) -> impl Iterator<Item = Ipv4Addr> + use<> {
    let gateway = match manifest.environment.target {
        Target::Docker | Target::Swarm => addresses.gateway,
        Target::Process => None,
    };
    std::iter::once(Ipv4Addr::LOCALHOST).chain(gateway)
}

fn own_listener(name: &ServiceName, address: Ipv4Addr, port: Port) -> Listener {
    let address = SocketAddr::new(IpAddr::V4(address), port.0);
    let route =
        Route { host: None, prefix: "/".into(), strip_prefix: false, pool: name.clone(), redirect: None };
    Listener { address, tls: None, routes: vec![route] }
}

fn entry_routes(environment: &Environment, name: &ServiceName, prefix: &str) -> Vec<Route> {
    let route = |host: Option<String>| Route {
        host,
        prefix: prefix.to_owned(),
        strip_prefix: false,
        pool: name.clone(),
        redirect: None,
    };
    if environment.domains.is_empty() {
        return vec![route(None)];
    }
    environment.domains.iter().map(|domain| route(Some(domain.clone()))).collect()
}

/// The members that serve now: the live release's instances, but for those that ended for good. After a start of the
/// machine that is none, and a service that others need takes its traffic before they are gated.
pub fn live_members(observed: &Observed) -> Members {
    let mut members = Members::new();
    let Some(live) = &observed.live else { return members };
    let serves = |status: &&InstanceStatus| {
        live.instances.contains(&status.spec.id) && status.phase != InstancePhase::Ended
    };
    for status in observed.instances.iter().filter(serves) {
        let Some((service, release)) = status.spec.part.service() else { continue };
        let about = live.release.manifest.services.get(service);
        if let Some(address) = about.and_then(|about| place(status.spec.port, about)) {
            members.entry(service.clone()).or_default().push(member(&status.spec.id, release, address, 100));
        }
    }
    members
}

/// Gives a port to whatever listens and has none yet. Ports given once stay; preferred ones are taken when they are free.
pub fn give_addresses(manifest: &Manifest, observed: &Observed) -> (Addresses, Vec<Port>) {
    let mut addresses = observed.addresses.clone();
    addresses.http = manifest.environment.http_port;
    addresses.gateway = observed.gateway.or(addresses.gateway);
    let mut given: Vec<Port> = addresses.ports().collect();
    let mut free = observed.free_ports.iter().copied().collect::<std::collections::VecDeque<_>>();
    let mut choose = |preferred: Option<Port>, given: &mut Vec<Port>| {
        let usable = |port: &Port| !observed.taken_ports.contains_key(&port.0);
        let preferred = preferred.filter(|port| usable(port) && !given.contains(port));
        let port =
            preferred.or_else(|| std::iter::from_fn(|| free.pop_front()).find(|port| !given.contains(port)));
        given.extend(port);
        port
    };
    if manifest.environment.port.is_some() {
        addresses.entry = manifest.environment.port;
    } else if addresses.entry.is_none() {
        addresses.entry = (8080..8090).map(Port).find_map(|port| {
            let usable = !observed.taken_ports.contains_key(&port.0) && !given.contains(&port);
            usable.then(|| choose(Some(port), &mut given)).flatten()
        });
        if addresses.entry.is_none() {
            addresses.entry = choose(None, &mut given);
        }
    }
    for (name, service) in &manifest.services {
        if let (Some(port), false) = (&service.port, addresses.services.contains_key(name)) {
            let chosen = choose(Some(port.number), &mut given);
            addresses.services.extend(chosen.map(|port| (name.clone(), port)));
        }
    }
    for name in manifest.datastores.keys() {
        if !addresses.datastores.contains_key(name) {
            let chosen = choose(None, &mut given);
            addresses.datastores.extend(chosen.map(|port| (name.clone(), port)));
        }
    }
    let rest = free.into_iter().filter(|port| !given.contains(port)).collect();
    (addresses, rest)
}
