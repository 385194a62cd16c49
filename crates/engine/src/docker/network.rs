//! The network of a scope: a bridge of its own, whose gateway is this machine.

use super::client::{Client, failed, query};
use super::{inspect, names};
use crate::error::DriverError;
use host::network::{Subnet, subnets};
use model::id::Scope;
use model::instance::InstancePhase;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::net::Ipv4Addr;

/// What makes networks over several machines.
pub(crate) const OVERLAY: &str = "overlay";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Network {
    id: String,
    #[serde(default)]
    driver: String,
    #[serde(rename = "IPAM", default)]
    ipam: Ipam,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Ipam {
    config: Option<Vec<Pool>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Pool {
    subnet: Option<String>,
    gateway: Option<String>,
}

impl Network {
    fn pools(&self) -> impl Iterator<Item = &Pool> {
        self.ipam.config.iter().flatten()
    }

    fn gateway(&self) -> Option<Ipv4Addr> {
        // Some engines give it with the length of its prefix.
        let read = |text: &str| text.split('/').next().and_then(|text| text.parse().ok());
        self.pools().filter_map(|pool| pool.gateway.as_deref()).find_map(read)
    }
}

fn own(client: &Client, scope: &Scope) -> Result<Option<Network>, DriverError> {
    let path = query("/networks", &[("filters", &names::filter(&names::of_scope(scope)))]);
    let found: Vec<Network> = client.get(&path)?.done("list networks")?.json()?;
    let Some(first) = found.into_iter().next() else { return Ok(None) };
    let path = format!("/networks/{}", first.id);
    client.get(&path)?.found("show a network")?.map(|reply| reply.json()).transpose()
}

/// What makes a scope's network: `bridge`, `overlay`; `None` when there is none.
///
/// # Errors
/// When the engine cannot be asked.
pub(crate) fn kind(client: &Client, scope: &Scope) -> Result<Option<String>, DriverError> {
    Ok(own(client, scope)?.map(|network| network.driver))
}

/// The id of a scope's network and the address at which containers on it reach this machine: on a bridge that of its
/// gateway, on an overlay the one that all nodes know.
///
/// # Errors
/// When there is none.
pub(crate) fn of(client: &Client, scope: &Scope) -> Result<(String, Ipv4Addr), DriverError> {
    reach(client, own(client, scope)?)?.ok_or_else(|| {
        failed(format!("the network of {scope} is not there"))
            .advise("`mainstay up` makes it again; was it removed by hand?")
    })
}

fn reach(client: &Client, network: Option<Network>) -> Result<Option<(String, Ipv4Addr)>, DriverError> {
    let gateway = match &network {
        Some(network) if network.driver == OVERLAY => inspect::swarm(client)?.node_addr.parse().ok(),
        Some(network) => network.gateway(),
        None => None,
    };
    Ok(network.and_then(|network| Some((network.id, gateway?))))
}

/// The same of a scope's bridge, which is made when it went with the last instance that was on it.
///
/// # Errors
/// When the engine cannot be asked, or refuses.
pub(crate) fn bridge(client: &Client, scope: &Scope) -> Result<(String, Ipv4Addr), DriverError> {
    if let Some(known) = reach(client, own(client, scope)?)? {
        return Ok(known);
    }
    ensure(client, scope, gateway(client, scope)?)?;
    of(client, scope)
}

/// Removes a scope's bridge when nothing of the scope runs any more. One that something else is on stays.
///
/// # Errors
/// When the engine cannot be asked.
pub(crate) fn leave(client: &Client, scope: &Scope) -> Result<(), DriverError> {
    let labels = names::of_scope(scope);
    let runs = |container: &inspect::Listed| container.phase() != InstancePhase::Ended;
    if inspect::containers(client, &labels)?.iter().any(runs) {
        return Ok(());
    }
    if let Some(bridge) = own(client, scope)?.filter(|network| network.driver != OVERLAY) {
        // Refused while someone else's container is on it.
        let _kept = client.delete(&format!("/networks/{}", bridge.id))?;
    }
    Ok(())
}

/// This machine's address in a scope's network; one that is free when there is no network yet.
///
/// # Errors
/// When the engine cannot be asked, or every network is taken.
pub(crate) fn gateway(client: &Client, scope: &Scope) -> Result<Ipv4Addr, DriverError> {
    let bridge = own(client, scope)?.filter(|network| network.driver != OVERLAY);
    if let Some(gateway) = bridge.and_then(|network| network.gateway()) {
        return Ok(gateway);
    }
    let all: Vec<Network> = client.get("/networks")?.done("list networks")?.json()?;
    let mut taken = subnets();
    taken.extend(
        all.iter().flat_map(Network::pools).filter_map(|pool| pool.subnet.as_ref()?.parse::<Subnet>().ok()),
    );
    // Networks of 10.201.0.0/16, from a place on that belongs to the scope, so that scopes planned at once do not meet.
    let first = Sha256::digest(scope.to_string())[0];
    let candidates = (0..=u8::MAX).map(|step| Ipv4Addr::new(10, 201, first.wrapping_add(step), 1));
    let free = |address: &Ipv4Addr| {
        !taken.iter().any(|known| known.overlaps(Subnet { address: *address, bits: 24 }))
    };
    candidates.into_iter().find(free).ok_or_else(|| {
        failed("every network from 10.201.0.0/24 to 10.201.255.0/24 is taken")
            .advise("remove networks that are not used any more: `docker network prune`")
    })
}

/// Makes sure that a scope's network is there, with this address.
///
/// # Errors
/// When it has another one, or the engine refuses.
pub(crate) fn ensure(client: &Client, scope: &Scope, gateway: Ipv4Addr) -> Result<(), DriverError> {
    let known = own(client, scope)?;
    if known.as_ref().is_some_and(|known| known.driver == OVERLAY) {
        // Left by the target `swarm`; it goes only when nothing is on it.
        remove(client, scope)?;
    } else if let Some(known) = known {
        return match known.gateway() {
            Some(address) if address == gateway => Ok(()),
            _ => Err(failed(format!("the network of {scope} has another address than {gateway}"))
                .advise("run the command again")),
        };
    }
    let [a, b, c, _] = gateway.octets();
    let body = json!({
        "Name": names::network(scope),
        "Driver": "bridge",
        "Labels": names::of_scope(scope),
        "IPAM": { "Config": [{ "Subnet": format!("{a}.{b}.{c}.0/24"), "Gateway": gateway.to_string() }] },
    });
    client.post("/networks/create", Some(&body))?.done("make a network").map(|_| ())
}

/// Removes a scope's network. One that something is still on stays, and that is an error.
///
/// # Errors
/// When the engine refuses.
pub(crate) fn remove(client: &Client, scope: &Scope) -> Result<(), DriverError> {
    let Some(network) = own(client, scope)? else { return Ok(()) };
    client.delete(&format!("/networks/{}", network.id))?.found("remove a network").map(|_| ())
}
