//! From records to a state that could be put in force.

use super::Master;
use crate::cell::{MemberCell, MemberKey, PoolCell};
use crate::error::ProxyError;
use crate::store::Record;
use crate::table::{ListenerSpec, MemberSpec, PoolSpec, Routes, Snapshot, Target};
use crate::tls::{self, Certificates};
use model::id::{Scope, ServiceName};
use model::routing::{MemberState, Pool};
use std::collections::{BTreeMap, HashMap};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// The parts of a new state, before it is in force.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) snapshot: Snapshot,
    pub(super) members: HashMap<MemberKey, Arc<MemberCell>>,
    pub(super) pools: HashMap<(Scope, ServiceName), Arc<PoolCell>>,
    pub(super) sockets: BTreeMap<SocketAddr, Arc<TcpListener>>,
    pub(super) problems: Vec<(Scope, String)>,
}

/// What to do with a listener or certificate that cannot be used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Refuse all: someone is there to hear it.
    Refuse,
    /// Serve the rest, and say so.
    Tolerate,
}

impl Master {
    /// What these records make of the cells and sockets there are. Nothing is changed by it.
    pub(super) fn draft(
        &mut self,
        records: &BTreeMap<Scope, Record>,
        trouble: Trouble,
    ) -> Result<Draft, ProxyError> {
        let mut draft = Draft::default();
        let mut listeners: BTreeMap<SocketAddr, (Routes, Option<Certificates>)> = BTreeMap::new();
        for (scope, record) in records {
            let first = draft.snapshot.pools.len();
            for pool in &record.table.pools {
                let paused = record.paused.contains(&pool.service);
                let spec = self.pool(scope, pool, paused, &mut draft);
                draft.snapshot.pools.push(spec);
            }
            for listener in &record.table.listeners {
                let (routes, certificates) = listeners.entry(listener.address).or_default();
                let key = match listener.tls.as_ref().map(tls::load).transpose() {
                    Ok(key) => key,
                    Err(error) if trouble == Trouble::Refuse => return Err(error),
                    Err(error) => {
                        draft
                            .problems
                            .push((scope.clone(), format!("{scope} on {}: {error}", listener.address)));
                        None
                    }
                };
                if listener.tls.is_some() {
                    certificates.get_or_insert_default();
                }
                for route in &listener.routes {
                    if let (Some(key), Some(certificates)) = (&key, certificates.as_mut()) {
                        certificates.add(route.host.as_deref(), key);
                    }
                    let position = record.table.pools.iter().position(|p| p.service == route.pool);
                    let Some(position) = position else { continue };
                    let (prefix, strip) = (route.prefix.clone(), route.strip_prefix);
                    let (pool, redirect) = (first + position, route.redirect);
                    routes.add(route.host.as_deref(), Target { prefix, strip, pool, redirect });
                }
            }
        }
        self.open_listeners(listeners, records, trouble, &mut draft)?;
        Ok(draft)
    }

    /// Finds or opens a socket for each address.
    fn open_listeners(
        &self,
        listeners: BTreeMap<SocketAddr, (Routes, Option<Certificates>)>,
        records: &BTreeMap<Scope, Record>,
        trouble: Trouble,
        draft: &mut Draft,
    ) -> Result<(), ProxyError> {
        for (address, (routes, certificates)) in listeners {
            let socket = match self.sockets.get(&address) {
                Some(socket) => Ok(Arc::clone(socket)),
                None => open(address).map(Arc::new),
            };
            match socket {
                Ok(socket) => drop(draft.sockets.insert(address, socket)),
                Err(source) if trouble == Trouble::Refuse => {
                    return Err(ProxyError::Listen { address, source });
                }
                Err(source) => {
                    let problem = ProxyError::Listen { address, source }.to_string();
                    let names = |r: &Record| r.table.listeners.iter().any(|l| l.address == address);
                    let owners = records.iter().filter(|(_, r)| names(r));
                    draft.problems.extend(owners.map(|(scope, _)| (scope.clone(), problem.clone())));
                }
            }
            let tls = certificates.map(Certificates::into_config).transpose();
            let tls = tls.map_err(|e| ProxyError::Remote(format!("TLS cannot be set up: {e}")))?;
            draft.snapshot.listeners.push(ListenerSpec { address, tls, routes });
        }
        Ok(())
    }

    fn pool(&mut self, scope: &Scope, pool: &Pool, paused: bool, draft: &mut Draft) -> PoolSpec {
        let threads = self.threads.len();
        let key = (scope.clone(), pool.service.clone());
        let fresh = || Arc::new(PoolCell::new(scope.clone(), pool.service.clone(), threads));
        let cell = self.pools.get(&key).cloned().unwrap_or_else(fresh);
        draft.pools.insert(key, Arc::clone(&cell));
        let mut members = Vec::with_capacity(pool.members.len());
        for member in &pool.members {
            let key = MemberKey {
                scope: scope.clone(),
                service: pool.service.clone(),
                instance: member.instance.clone(),
                address: member.address,
                network: member.network.clone(),
            };
            let cell = self.members.get(&key).cloned().unwrap_or_else(|| {
                self.next_uid += 1;
                Arc::new(MemberCell::new(self.next_uid, key.clone(), member.release.clone(), threads))
            });
            draft.members.insert(key, Arc::clone(&cell));
            let active = member.state == MemberState::Active;
            members.push(MemberSpec { cell, weight: member.weight, active, state: member.state });
        }
        let (health, limits) = (pool.health.clone(), pool.limits.clone());
        let mut sharing = members.iter().filter(|m: &&MemberSpec| m.active && m.weight > 0);
        let first = sharing.next().map(|m| m.cell.token);
        let split = sharing.any(|m| Some(m.cell.token) != first);
        PoolSpec { cell, paused, health, limits, members, split }
    }
}

/// Stops listening at once, for whoever holds a duplicate of the socket too: otherwise connections would still be taken
/// that nobody serves.
pub(super) fn close(socket: &Arc<TcpListener>) {
    let _not_listening = socket2::SockRef::from(&**socket).shutdown(std::net::Shutdown::Both);
}

/// Opens a listening socket. An address may take a moment to become free after its listener was removed.
fn open(address: SocketAddr) -> std::io::Result<TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    let mut patience = 20;
    loop {
        match socket.bind(&address.into()).and_then(|()| socket.listen(4096)) {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && patience > 0 => {
                patience -= 1;
                std::thread::sleep(Duration::from_millis(10));
            }
            other => return other.map(|()| socket.into()),
        }
    }
}
