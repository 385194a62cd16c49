//! The routing tables of all scopes, merged into what the threads route by.

use crate::cell::{MemberCell, PoolCell};
use model::id::Scope;
use model::routing::{HealthCheck, MemberState, PoolLimits, RoutingTable};
use model::unit::Port;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;

/// All that a thread needs to route. Immutable; a change makes a new one.
#[derive(Default)]
pub(crate) struct Snapshot {
    pub(crate) listeners: Vec<ListenerSpec>,
    pub(crate) pools: Vec<PoolSpec>,
}

/// One address with what is served on it.
pub(crate) struct ListenerSpec {
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
    pub(crate) routes: Routes,
}

/// A pool as its table describes it.
pub(crate) struct PoolSpec {
    pub(crate) cell: Arc<PoolCell>,
    pub(crate) paused: bool,
    pub(crate) health: Option<HealthCheck>,
    pub(crate) limits: PoolLimits,
    pub(crate) members: Vec<MemberSpec>,
    /// Its members that share the traffic are of more than one release.
    pub(crate) split: bool,
}

/// A member as its table describes it.
pub(crate) struct MemberSpec {
    pub(crate) cell: Arc<MemberCell>,
    pub(crate) weight: u16,
    /// May take new requests: all the time with a weight, in need without one.
    pub(crate) active: bool,
    pub(crate) state: MemberState,
}

/// Where a prefix leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) prefix: String,
    pub(crate) strip: bool,
    /// Index into [`Snapshot::pools`].
    pub(crate) pool: usize,
    /// The port of HTTPS that clients are sent to instead.
    pub(crate) redirect: Option<Port>,
}

/// The routes of one listener.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    hosts: HashMap<String, Vec<Target>>,
    any: Vec<Target>,
}

impl Routes {
    /// Adds a route; whether the host and prefix are free was checked before.
    pub(crate) fn add(&mut self, host: Option<&str>, target: Target) {
        let list = match host {
            Some(host) => self.hosts.entry(host.to_owned()).or_default(),
            None => &mut self.any,
        };
        list.push(target);
        list.sort_by_key(|t| std::cmp::Reverse(t.prefix.len()));
    }

    /// The longest prefix of the exact host, else of any host. `host` may have upper case letters.
    pub(crate) fn find(&self, host: &[u8], path: &[u8]) -> Option<&Target> {
        let exact = if self.hosts.is_empty() { None } else { self.of_host(host) };
        let longest = |list: &'_ [Target]| list.iter().position(|t| matches(&t.prefix, path));
        if let Some(list) = exact
            && let Some(i) = longest(list)
        {
            return Some(&list[i]);
        }
        longest(&self.any).map(|i| &self.any[i])
    }

    fn of_host(&self, host: &[u8]) -> Option<&[Target]> {
        let mut lower = [0; 255];
        let lower = lower.get_mut(..host.len())?;
        lower.copy_from_slice(host);
        lower.make_ascii_lowercase();
        // A name with a dot at its end is the same name.
        let name = lower.strip_suffix(b".").unwrap_or(lower);
        self.hosts.get(std::str::from_utf8(name).ok()?).map(Vec::as_slice)
    }
}

/// `/api` matches `/api`, `/api/x` and `/api?q`, not `/apix`.
fn matches(prefix: &str, path: &[u8]) -> bool {
    let trimmed = prefix.trim_end_matches('/').as_bytes();
    path.starts_with(trimmed)
        && (path.len() == trimmed.len() || matches!(path[trimmed.len()], b'/' | b'?') || trimmed.is_empty())
}

/// Bytes of the path that [`Target::strip`] takes away.
pub(crate) fn strip_length(target: &Target) -> usize {
    if target.strip { target.prefix.trim_end_matches('/').len() } else { 0 }
}

/// What is wrong with one table on its own, or `Ok`.
pub(crate) fn check(table: &RoutingTable) -> Result<(), String> {
    let mut pools = HashSet::new();
    for pool in &table.pools {
        if !pools.insert(&pool.service) {
            return Err(format!("pool {} appears twice", pool.service));
        }
        let mut instances = HashSet::new();
        if let Some(twice) = pool.members.iter().find(|m| !instances.insert(&m.instance)) {
            return Err(format!("instance {} appears twice in pool {}", twice.instance, pool.service));
        }
        if pool
            .health
            .as_ref()
            .is_some_and(|h| !h.path.starts_with('/') || h.path.contains(char::is_whitespace))
        {
            return Err(format!(
                "the health path of pool {} must begin with / and have no spaces",
                pool.service
            ));
        }
    }
    let mut addresses = HashSet::new();
    for listener in &table.listeners {
        let address = listener.address;
        if !addresses.insert(address) {
            return Err(format!("listener {address} appears twice; put its routes together"));
        }
        if address.port() == 0 {
            return Err(format!("listener {address} has port 0; name the port"));
        }
        for route in &listener.routes {
            if route.redirect.is_some() && listener.tls.is_some() {
                return Err(format!("listener {address} has HTTPS already, so it cannot redirect to it"));
            }
            if !route.prefix.starts_with('/') {
                return Err(format!("prefix `{}` on {address} does not begin with /", route.prefix));
            }
            if let Some(host) = &route.host
                && (host.is_empty() || *host != host.to_ascii_lowercase() || host.contains([':', '/', ' ']))
            {
                return Err(format!("host `{host}` on {address} must be a lower case name without a port"));
            }
            if !pools.contains(&route.pool) {
                return Err(format!(
                    "route {} on {address} leads to pool {}, which is not in the table",
                    route.prefix, route.pool
                ));
            }
        }
    }
    Ok(())
}

/// What two tables, or two routes of one, both claim.
pub(crate) fn conflict(tables: &BTreeMap<Scope, RoutingTable>) -> Result<(), String> {
    let mut transport: HashMap<SocketAddr, (bool, &Scope)> = HashMap::new();
    let mut claims: HashMap<(SocketAddr, Option<&str>, &str), &Scope> = HashMap::new();
    for (scope, table) in tables {
        for listener in &table.listeners {
            let (address, tls) = (listener.address, listener.tls.is_some());
            let (other, owner) = *transport.entry(address).or_insert((tls, scope));
            if other != tls {
                return Err(format!("{address} cannot speak both plain HTTP and TLS ({owner} and {scope})"));
            }
            for route in &listener.routes {
                let prefix = if route.prefix == "/" { "/" } else { route.prefix.trim_end_matches('/') };
                if let Some(owner) = claims.insert((address, route.host.as_deref(), prefix), scope) {
                    let host = route.host.as_deref().unwrap_or("any host");
                    return Err(format!("{address} {host} {prefix} is claimed by both {owner} and {scope}"));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(list: &[(Option<&str>, &str, usize)]) -> Routes {
        let mut routes = Routes::default();
        for (host, prefix, pool) in list {
            routes.add(*host, Target { prefix: (*prefix).into(), strip: true, pool: *pool, redirect: None });
        }
        routes
    }

    #[test]
    fn exact_host_goes_before_any_host_and_long_before_short() {
        let routes = routes(&[
            (None, "/", 0),
            (None, "/api", 1),
            (Some("a.test"), "/x", 2),
            (Some("a.test"), "/x/y", 3),
        ]);
        let pool = |host: &str, path: &str| routes.find(host.as_bytes(), path.as_bytes()).map(|t| t.pool);
        assert_eq!(pool("b.test", "/"), Some(0));
        assert_eq!(pool("b.test", "/api?x"), Some(1));
        assert_eq!(pool("b.test", "/api/x"), Some(1));
        assert_eq!(pool("b.test", "/apix"), Some(0));
        assert_eq!(pool("A.Test", "/x/y/z"), Some(3));
        assert_eq!(pool("a.test.", "/x/yz"), Some(2));
        assert_eq!(pool("a.test", "/api"), Some(1), "what the host does not serve falls to any host");
        assert_eq!(pool(&"x".repeat(300), "/"), Some(0));
        assert_eq!(pool("a.test", "*"), Some(0));
    }

    #[test]
    fn no_route_is_no_answer() {
        assert_eq!(routes(&[(Some("a.test"), "/", 0)]).find(b"b.test", b"/"), None);
        assert_eq!(routes(&[(None, "/api", 0)]).find(b"b.test", b"/"), None);
    }
}
