//! The control side of a worker: the tables in force, the cells behind them, the listening sockets.

mod draft;

use super::thread::Order;
use crate::cell::{MemberCell, MemberKey, PoolCell};
use crate::counters::AnswersRead;
use crate::error::ProxyError;
use crate::keeper::link::{Link, SocketKey, ToKeeper};
use crate::log::{Log, say};
use crate::store::{self, Record, Store};
use crate::table;
use draft::{Draft, Trouble, close};
use model::id::{ReleaseId, Scope, ServiceName};
use model::routing::{MemberState, Pool, PoolState, RoutingTable, TrafficState};
use std::collections::{BTreeMap, HashMap};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// Most releases whose counters are kept after their last member left.
const RETIRED_LIMIT: usize = 64;

/// Whose answers a counter counts.
pub(crate) type Label = (Scope, ServiceName, Option<ReleaseId>);

/// See the module.
pub(crate) struct Master {
    store: Store,
    log: Log,
    link: Option<Arc<Link>>,
    threads: Vec<UnboundedSender<Order>>,
    records: BTreeMap<Scope, Record>,
    pub(crate) members: HashMap<MemberKey, Arc<MemberCell>>,
    /// Members that left their table with requests still on their way.
    pub(crate) departed: Vec<Arc<MemberCell>>,
    pub(crate) pools: HashMap<(Scope, ServiceName), Arc<PoolCell>>,
    /// What was counted of members that are gone.
    pub(crate) retired: BTreeMap<Label, AnswersRead>,
    sockets: BTreeMap<SocketAddr, Arc<TcpListener>>,
    next_uid: u64,
    /// What does not work of the tables in force.
    problems: Vec<(Scope, String)>,
    /// Damaged files, by [`store::name`], until the scope is published again.
    damaged: BTreeMap<String, String>,
}

impl Master {
    pub(crate) fn new(
        store: Store,
        log: Log,
        threads: Vec<UnboundedSender<Order>>,
        sockets: BTreeMap<SocketAddr, Arc<TcpListener>>,
    ) -> Self {
        Self {
            store,
            log,
            link: None,
            threads,
            records: BTreeMap::new(),
            members: HashMap::new(),
            departed: Vec::new(),
            pools: HashMap::new(),
            retired: BTreeMap::new(),
            sockets,
            next_uid: 1,
            problems: Vec::new(),
            damaged: BTreeMap::new(),
        }
    }

    /// Takes over what is on disk. What does not work of it is said and left out; the rest serves.
    pub(crate) fn restore(&mut self) -> Result<(), ProxyError> {
        let loaded = self.store.load()?;
        let records = loaded.records.into_iter().map(|r| (r.table.scope.clone(), r)).collect();
        let draft = self.draft(&records, Trouble::Tolerate)?;
        self.enforce(records, draft)?;
        self.damaged = loaded.problems;
        let problems = self.problems.iter().map(|(_, problem)| problem);
        problems.chain(self.damaged.values()).for_each(|problem| say!(self.log, "{problem}"));
        Ok(())
    }

    /// Tries again what did not work, such as a listener whose address was taken.
    pub(crate) fn retry(&mut self) {
        if !self.problems.is_empty() {
            let records = self.records.clone();
            let retried =
                self.draft(&records, Trouble::Tolerate).and_then(|draft| self.enforce(records, draft));
            if let Err(error) = retried {
                say!(self.log, "{error}");
            }
        }
    }

    pub(crate) fn publish(&mut self, table: RoutingTable) -> Result<(), ProxyError> {
        let scope = table.scope.clone();
        let refused = |reason: String| ProxyError::Refused { scope: scope.clone(), reason };
        let known = self.records.get(&scope);
        if let Some(known) = known {
            let (ours, theirs) = (known.table.generation, table.generation);
            if known.table == table {
                return Ok(());
            }
            if theirs <= ours {
                return Err(refused(format!(
                    "generation {theirs} does not follow {ours}, which is in force"
                )));
            }
        }
        table::check(&table).map_err(refused)?;
        let paused = known.map(|k| k.paused.clone()).unwrap_or_default();
        self.change(scope, |_| Some(Record { table, paused }))
    }

    pub(crate) fn remove(&mut self, scope: &Scope) -> Result<(), ProxyError> {
        self.change(scope.clone(), |_| None)
    }

    pub(crate) fn set_paused(
        &mut self,
        scope: &Scope,
        pool: &ServiceName,
        paused: bool,
    ) -> Result<(), ProxyError> {
        let record = self.record(scope)?;
        if !record.table.pools.iter().any(|p| p.service == *pool) {
            return Err(ProxyError::UnknownPool { scope: scope.clone(), pool: pool.to_string() });
        }
        self.change(scope.clone(), |record| {
            let mut record = record.cloned()?;
            if paused {
                record.paused.insert(pool.clone());
            } else {
                record.paused.remove(pool);
            }
            Some(record)
        })
    }

    fn record(&self, scope: &Scope) -> Result<&Record, ProxyError> {
        self.records.get(scope).ok_or_else(|| ProxyError::UnknownScope { scope: scope.clone() })
    }

    /// Changes the record of a scope: checked, then kept, then in force; or not at all.
    fn change(
        &mut self,
        scope: Scope,
        to: impl FnOnce(Option<&Record>) -> Option<Record>,
    ) -> Result<(), ProxyError> {
        let mut records = self.records.clone();
        let record = to(records.get(&scope));
        match &record {
            Some(record) => drop(records.insert(scope.clone(), record.clone())),
            None => drop(records.remove(&scope)),
        }
        let tables = records.iter().map(|(s, r)| (s.clone(), r.table.clone())).collect();
        table::conflict(&tables).map_err(|reason| ProxyError::Refused { scope: scope.clone(), reason })?;
        let trouble = if record.is_some() { Trouble::Refuse } else { Trouble::Tolerate };
        let draft = self.draft(&records, trouble)?;
        match &record {
            Some(record) => self.store.save(record)?,
            None => self.store.remove(&scope)?,
        }
        self.damaged.remove(&store::name(&scope));
        self.enforce(records, draft)
    }

    /// Puts a draft in force: returns when every thread routes by it.
    fn enforce(&mut self, records: BTreeMap<Scope, Record>, draft: Draft) -> Result<(), ProxyError> {
        for pool in &draft.snapshot.pools {
            for member in &pool.members {
                member.cell.set_draining(member.state == MemberState::Draining);
                member.cell.set_checked(pool.health.is_some());
            }
        }
        let snapshot = Arc::new(draft.snapshot);
        let (done, acknowledged) = sync_channel(self.threads.len());
        for (thread, orders) in self.threads.iter().enumerate() {
            let sockets = draft.sockets.iter().map(|(a, s)| (*a, Arc::clone(s))).collect();
            let order = Order::Install { snapshot: Arc::clone(&snapshot), sockets, done: done.clone() };
            orders.send(order).map_err(|_| ProxyError::Stuck { thread })?;
        }
        let mut missing: Vec<_> = (0..self.threads.len()).collect();
        while let Some(first) = missing.first() {
            let thread = acknowledged.recv_timeout(Duration::from_secs(5));
            let thread = thread.map_err(|_| ProxyError::Stuck { thread: *first })?;
            missing.retain(|t| *t != thread);
        }
        self.exchange_sockets(draft.sockets);
        self.depart(&draft.members);
        self.records = records;
        self.members = draft.members;
        self.pools = draft.pools;
        self.problems = draft.problems;
        Ok(())
    }

    /// Tells the keeper about sockets that came and went.
    fn exchange_sockets(&mut self, sockets: BTreeMap<SocketAddr, Arc<TcpListener>>) {
        for (address, socket) in sockets.iter().filter(|(a, _)| !self.sockets.contains_key(a)) {
            self.tell(&ToKeeper::Hold(SocketKey::Listener(*address)), Some(socket));
        }
        for (address, socket) in self.sockets.iter().filter(|(a, _)| !sockets.contains_key(a)) {
            close(socket);
            self.tell(&ToKeeper::Release(SocketKey::Listener(*address)), None);
        }
        self.sockets = sockets;
    }

    /// Listens on nothing any more.
    pub(crate) fn close_listeners(&self) {
        self.sockets.values().for_each(close);
    }

    /// Uses another keeper, which is told about all sockets.
    pub(crate) fn set_link(&mut self, link: Arc<Link>, tell: bool) {
        self.link = Some(link);
        if tell {
            for (address, socket) in &self.sockets {
                self.tell(&ToKeeper::Hold(SocketKey::Listener(*address)), Some(socket));
            }
        }
    }

    fn tell(&self, message: &ToKeeper, socket: Option<&Arc<TcpListener>>) {
        let Some(link) = &self.link else { return };
        // That the keeper is gone shows on the link, and another one is told everything.
        let _gone = link.send(message, socket.map(|s| s.as_fd()));
    }

    /// Remembers members that are in no table any more until they are quiet, and what they counted for ever.
    fn depart(&mut self, staying: &HashMap<MemberKey, Arc<MemberCell>>) {
        for (key, cell) in &self.members {
            if !staying.contains_key(key) {
                cell.set_draining(true);
                self.departed.push(Arc::clone(cell));
            }
        }
        self.tidy();
    }

    /// Lets go of departed members that are quiet.
    pub(crate) fn tidy(&mut self) {
        let retired = &mut self.retired;
        self.departed.retain(|cell| {
            let busy = !cell.quiet();
            if !busy {
                let label = (cell.scope.clone(), cell.service.clone(), Some(cell.release.clone()));
                retired.entry(label).or_default().merge(&cell.answers());
            }
            busy
        });
        while retired.len() > RETIRED_LIMIT {
            retired.pop_first();
        }
    }

    pub(crate) fn state(&mut self, scope: &Scope) -> Result<TrafficState, ProxyError> {
        self.tidy();
        let record = self.record(scope)?;
        let pool = |pool: &Pool| {
            let of = |cell: &&Arc<MemberCell>| cell.scope == *scope && cell.service == pool.service;
            let mut cells: Vec<_> =
                self.members.values().filter(of).chain(self.departed.iter().filter(of)).collect();
            cells.sort_by_key(|c| c.uid);
            PoolState {
                service: pool.service.clone(),
                paused: record.paused.contains(&pool.service),
                members: cells.into_iter().map(|c| c.reading()).collect(),
            }
        };
        let problems = self.problems.iter().filter(|(of, _)| of == scope).map(|(_, problem)| problem);
        Ok(TrafficState {
            generation: record.table.generation,
            pools: record.table.pools.iter().map(pool).collect(),
            problems: problems.chain(self.damaged.get(&store::name(scope))).cloned().collect(),
        })
    }
}
