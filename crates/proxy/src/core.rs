//! What the connections of one thread share. Nothing here is shared between threads, so nothing is locked.

use crate::access::AccessLog;
use crate::http::body::{HEADROOM, TAILROOM};
use crate::log::Log;
use crate::settings::Settings;
use crate::table::Snapshot;
use crate::upstream::Table;
use crate::watch::Watches;
use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Notify;

/// Bytes read at once.
pub(crate) const READ: usize = 64 * 1024;
/// Where in the scratch buffer bytes are read to.
pub(crate) const DATA: usize = HEADROOM;

/// One data thread.
pub(crate) struct Core {
    pub(crate) thread: usize,
    pub(crate) settings: Arc<Settings>,
    pub(crate) log: Log,
    table: RefCell<Rc<Table>>,
    /// Wakes what waits for another table.
    pub(crate) changed: Notify,
    /// All reads land here; only what cannot be sent on at once gets memory of its own.
    pub(crate) scratch: RefCell<Box<[u8]>>,
    spare: RefCell<Vec<Vec<u8>>>,
    pub(crate) watches: Watches,
    pub(crate) access: RefCell<AccessLog>,
    /// Steady milliseconds when another worker took over; 0 before.
    pub(crate) drain_began: Cell<u64>,
    ids: Cell<u64>,
}

impl Core {
    pub(crate) fn new(
        thread: usize,
        settings: Arc<Settings>,
        log: Log,
        access: AccessLog,
        watches: Watches,
    ) -> Self {
        Self {
            thread,
            settings,
            log,
            table: RefCell::default(),
            changed: Notify::new(),
            scratch: RefCell::new(vec![0; HEADROOM + READ + TAILROOM].into()),
            spare: RefCell::default(),
            watches,
            access: RefCell::new(access),
            drain_began: Cell::new(0),
            ids: Cell::new(RandomState::new().hash_one(thread)),
        }
    }

    /// The table in force. It may change whenever the caller waits.
    pub(crate) fn table(&self) -> Rc<Table> {
        Rc::clone(&self.table.borrow())
    }

    /// Routes by another snapshot from now on.
    pub(crate) fn install(&self, snapshot: Arc<Snapshot>) {
        let before = self.table();
        *self.table.borrow_mut() = Rc::new(Table::new(snapshot, &before, self.thread));
        self.changed.notify_waiters();
    }

    pub(crate) fn draining(&self) -> bool {
        self.drain_began.get() != 0
    }

    /// An empty buffer, used before if there is one.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        self.spare.borrow_mut().pop().unwrap_or_else(|| Vec::with_capacity(2048))
    }

    /// Gives a buffer back.
    pub(crate) fn recycle(&self, mut buffer: Vec<u8>) {
        let mut spare = self.spare.borrow_mut();
        if (1..=8192).contains(&buffer.capacity()) && spare.len() < 256 {
            buffer.clear();
            spare.push(buffer);
        }
    }

    /// A request id that no other request has: a counter from a random start, mixed as in SplitMix64.
    pub(crate) fn request_id(&self) -> [u8; 16] {
        self.ids.set(self.ids.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.ids.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        std::array::from_fn(|i| b"0123456789abcdef"[(z >> (4 * i)) as usize & 15])
    }
}
