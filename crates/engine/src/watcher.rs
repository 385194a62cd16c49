//! Who looks on while a plan is performed, and how it is stopped.

use model::event::Event;
use model::id::StepId;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Sees everything the engine does, as it happens. Events are in the ledger before they come here; lines are not kept.
pub trait Watcher {
    /// Something happened.
    fn event(&self, event: &Event);

    /// A step says something: a line of a build, an answer of a probe.
    fn line(&self, step: StepId, text: &str);
}

/// A request to stop, shared with signal handlers.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicU8>);

impl Cancel {
    /// Asks to stop.
    pub fn request(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether someone asked.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}
