//! The append-only record of everything Mainstay does. The log is the truth; views are folded from it.
//!
//! Events stand in one SQLite file, each durable before [`Ledger::append`] returns, each with a hash over itself and the
//! one before. A lock a scope keeps two runs apart. This is the only crate that knows there is SQL.

mod error;
mod lock;
mod log;
mod store;
mod view;

pub use error::LedgerError;
pub use lock::{Guard, Holder};
pub use log::Seq;
pub use store::Ledger;
pub use view::{InterruptedRun, RunView};
