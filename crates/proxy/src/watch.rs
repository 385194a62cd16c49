//! Deadlines without a timer each: a connection notes in which second it should have got further, and one sweep a
//! second looks through all of them.

use crate::upstream::Member;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

/// The deadline of one connection.
#[derive(Default)]
pub(crate) struct Watch {
    index: Cell<usize>,
    /// The tick at which it expires.
    deadline: Cell<u32>,
    expired: Cell<bool>,
    /// Between two requests.
    idle: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    /// An upgraded connection to this member, and its life in milliseconds once a drain began.
    tunnel: RefCell<Option<(Rc<Member>, u64)>>,
}

impl Watch {
    /// Whether the deadline passed. Also makes sure that its passing wakes this task.
    pub(crate) fn expired(&self, cx: &Context<'_>) -> bool {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|w| w.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
        self.expired.get()
    }

    pub(crate) fn set_idle(&self, idle: bool) {
        self.idle.set(idle);
    }

    pub(crate) fn set_tunnel(&self, tunnel: Option<(Rc<Member>, u64)>) {
        *self.tunnel.borrow_mut() = tunnel;
    }

    fn drained(&self, draining_for: Option<u64>) -> bool {
        self.tunnel.borrow().as_ref().is_some_and(|(member, limit)| {
            member.cell.draining_for().max(draining_for).is_some_and(|passed| passed >= *limit)
        })
    }

    fn expire(&self) {
        self.expired.set(true);
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }
}

/// All connections of a thread.
#[derive(Default)]
pub(crate) struct Watches {
    /// How many there are, for who waits for a drain.
    open: Arc<AtomicUsize>,
    tick: Cell<u32>,
    all: RefCell<Vec<Rc<Watch>>>,
}

impl Watches {
    /// Seconds since the thread began.
    pub(crate) fn tick(&self) -> u32 {
        self.tick.get()
    }

    pub(crate) fn new(open: Arc<AtomicUsize>) -> Self {
        Self { open, ..Self::default() }
    }

    pub(crate) fn add(&self) -> Rc<Watch> {
        let watch = Rc::new(Watch::default());
        let mut all = self.all.borrow_mut();
        watch.index.set(all.len());
        watch.deadline.set(u32::MAX);
        all.push(Rc::clone(&watch));
        self.open.store(all.len(), Ordering::Relaxed);
        watch
    }

    pub(crate) fn remove(&self, watch: &Watch) {
        let mut all = self.all.borrow_mut();
        all.swap_remove(watch.index.get());
        self.open.store(all.len(), Ordering::Relaxed);
        if let Some(moved) = all.get(watch.index.get()) {
            moved.index.set(watch.index.get());
        }
    }

    /// Gives a connection `seconds` from now, and up to one more.
    pub(crate) fn allow(&self, watch: &Watch, seconds: u32) {
        watch.deadline.set(self.tick.get().saturating_add(seconds).saturating_add(1));
        watch.expired.set(false);
    }

    /// Makes every connection look around, as when a drain begins.
    pub(crate) fn wake_all(&self) {
        for watch in self.all.borrow().iter() {
            if let Some(waker) = watch.waker.borrow().as_ref() {
                waker.wake_by_ref();
            }
        }
    }

    /// Ends the connections that wait for a request.
    pub(crate) fn expire_idle(&self) {
        self.all.borrow().iter().filter(|w| w.idle.get()).for_each(|w| w.expire());
    }

    /// A second passed. `draining_for` says for how many milliseconds the whole thread has been draining.
    pub(crate) fn sweep(&self, draining_for: Option<u64>) {
        self.tick.set(self.tick.get() + 1);
        for watch in self.all.borrow().iter() {
            if watch.deadline.get() <= self.tick.get() || watch.drained(draining_for) {
                watch.expire();
            }
        }
    }
}
