//! Members as one thread sees them: which one takes a request, and the idle connections to each.

use crate::cell::{MemberCell, PoolCell};
use crate::core::Core;
use crate::counters::MemberCounters;
use crate::sticky::Token;
use crate::sys;
use crate::table::{PoolSpec, Snapshot};
use std::cell::{Cell, RefCell};
use std::io;
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// A machine that acknowledges nothing for so long is taken for lost, however long its instance may take for an answer.
const SILENCE: Duration = Duration::from_secs(5);
/// Most idle connections a thread keeps to one member.
const IDLE_LIMIT: usize = 512;

/// What a thread routes by.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) pools: Vec<Rc<Pool>>,
}

/// A pool in one thread.
pub(crate) struct Pool {
    snapshot: Arc<Snapshot>,
    index: usize,
    slots: Vec<Slot>,
}

/// A member in a pool, with its place in the smooth weighted round robin (the algorithm of nginx).
struct Slot {
    member: Rc<Member>,
    weight: i64,
    active: bool,
    /// Without a weight: asked only when the others cannot answer.
    standby: bool,
    credit: Cell<i64>,
}

/// A member in one thread.
pub(crate) struct Member {
    pub(crate) cell: Arc<MemberCell>,
    idle: RefCell<Vec<Idle>>,
    active: Cell<bool>,
}

struct Idle {
    io: TcpStream,
    since: u32,
    until: u32,
}

impl Table {
    /// The table of a snapshot. Members that were in `before` keep their connections as long as they are active.
    pub(crate) fn new(snapshot: Arc<Snapshot>, before: &Self, thread: usize) -> Self {
        let known: Vec<_> = before.pools.iter().flat_map(|p| &p.slots).map(|s| &s.member).collect();
        let member = |cell: &Arc<MemberCell>| {
            let old = known.iter().find(|m| m.cell.uid == cell.uid);
            let fresh = || {
                Rc::new(Member { cell: Arc::clone(cell), idle: RefCell::default(), active: Cell::new(true) })
            };
            old.map_or_else(fresh, |m| Rc::clone(m))
        };
        known.iter().for_each(|m| m.active.set(false));
        let pool = |(index, spec): (usize, &PoolSpec)| {
            let slot = |m: &crate::table::MemberSpec| {
                let member = member(&m.cell);
                member.active.set(m.active);
                let (weight, standby) = (m.weight.max(1).into(), m.weight == 0);
                Slot { member, weight, active: m.active, standby, credit: Cell::new(0) }
            };
            let slots = spec.members.iter().map(slot).collect();
            let pool = Pool { snapshot: Arc::clone(&snapshot), index, slots };
            // Threads begin at different members, so that few requests do not all go to the first.
            (0..thread).for_each(|_| drop(pool.choose(&[], None)));
            Rc::new(pool)
        };
        let pools = snapshot.pools.iter().enumerate().map(pool).collect();
        known.iter().filter(|m| !m.active.get()).for_each(|m| m.idle.borrow_mut().clear());
        Self { snapshot, pools }
    }

    /// The pool that took the place of one of an older table.
    pub(crate) fn current(&self, pool: &Rc<Pool>) -> Option<&Rc<Pool>> {
        if Arc::ptr_eq(&pool.snapshot, &self.snapshot) {
            return self.pools.get(pool.index);
        }
        let (scope, service) = (&pool.cell().scope, &pool.cell().service);
        self.pools.iter().find(|p| p.cell().service == *service && p.cell().scope == *scope)
    }

    /// Closes connections that were idle for long.
    pub(crate) fn sweep(&self, tick: u32) {
        for slot in self.pools.iter().flat_map(|p| &p.slots) {
            slot.member.idle.borrow_mut().retain(|i| i.until > tick);
        }
    }
}

impl Pool {
    pub(crate) fn spec(&self) -> &PoolSpec {
        &self.snapshot.pools[self.index]
    }

    pub(crate) fn cell(&self) -> &PoolCell {
        &self.spec().cell
    }

    /// The next member by weight, none of `tried`. While releases share the traffic, one of the release the client met
    /// before, if one is healthy. Healthy ones first; those without a weight stand by for when none of
    /// the others is healthy; where none is at all, any is better than no answer.
    pub(crate) fn choose(&self, tried: &[u64], met: Option<Token>) -> Option<Rc<Member>> {
        let eligible = |slot: &&Slot| slot.active && !tried.contains(&slot.member.cell.uid);
        let mut candidates = self.slots.iter().filter(eligible);
        let first = candidates.next()?;
        if candidates.next().is_none() {
            return Some(Rc::clone(&first.member));
        }
        let slots = |standby: bool| self.slots.iter().filter(eligible).filter(move |s| s.standby == standby);
        let healthy = |standby: bool| slots(standby).filter(|s| s.member.cell.available());
        let met = met.filter(|_| self.spec().split);
        let slot = met
            .and_then(|met| round_robin(healthy(false).filter(|s| s.member.cell.token == met)))
            .or_else(|| round_robin(healthy(false)))
            .or_else(|| round_robin(healthy(true)))
            .or_else(|| round_robin(slots(false)))
            .or_else(|| round_robin(slots(true)))?;
        Some(Rc::clone(&slot.member))
    }
}

fn round_robin<'p>(slots: impl Iterator<Item = &'p Slot>) -> Option<&'p Slot> {
    let (mut total, mut best) = (0, None::<&Slot>);
    for slot in slots {
        slot.credit.set(slot.credit.get() + slot.weight);
        total += slot.weight;
        if best.is_none_or(|b| slot.credit.get() > b.credit.get()) {
            best = Some(slot);
        }
    }
    let best = best?;
    best.credit.set(best.credit.get() - total);
    Some(best)
}

impl Member {
    /// A connection that waits for a request. With `careful`, only one that is young and certainly still open, because
    /// the request cannot be sent twice.
    pub(crate) fn take_idle(&self, tick: u32, careful: bool) -> Option<TcpStream> {
        let mut idle = self.idle.borrow_mut();
        while let Some(Idle { io, since, until }) = idle.pop() {
            if until <= tick || (careful && since + 1 < tick) {
                continue;
            }
            // Costs no system call while nothing happened to the connection.
            let quiet = matches!(io.try_read(&mut [0]), Err(e) if e.kind() == io::ErrorKind::WouldBlock);
            if quiet && (!careful || sys::peek(io.as_raw_fd()) == sys::Peek::Quiet) {
                return Some(io);
            }
        }
        None
    }

    /// Keeps a connection for another request, `seconds` long.
    pub(crate) fn keep(&self, io: TcpStream, tick: u32, seconds: u32) {
        let mut idle = self.idle.borrow_mut();
        if self.active.get() && idle.len() < IDLE_LIMIT && seconds > 0 {
            idle.push(Idle { io, since: tick, until: tick.saturating_add(seconds) });
        }
    }

    /// A new connection.
    pub(crate) async fn connect(&self, core: &Core) -> io::Result<TcpStream> {
        let limit = Duration::from_secs(core.settings.timeouts.connect.into());
        let io = match tokio::time::timeout(limit, self.cell.connect()).await {
            Ok(connected) => connected?,
            Err(_) => return Err(io::Error::new(io::ErrorKind::TimedOut, "no connection in time")),
        };
        io.set_nodelay(true)?;
        if !self.cell.address.ip().is_loopback() {
            sys::notice_silence(&io, SILENCE)?;
        }
        Ok(io)
    }
}

/// A request on its way through a member; counted until dropped.
pub(crate) struct Flight {
    pub(crate) member: Rc<Member>,
    thread: usize,
}

impl Flight {
    pub(crate) fn begin(member: Rc<Member>, thread: usize) -> Self {
        member.cell.counters(thread).in_flight.add(1);
        Self { member, thread }
    }

    pub(crate) fn counters(&self) -> &MemberCounters {
        self.member.cell.counters(self.thread)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.counters().in_flight.take_one();
    }
}
