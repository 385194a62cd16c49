//! Performs plans. Drivers do the work; the engine keeps the order, the journal and the way back.

mod core;
pub mod datastore;
pub mod docker;
pub mod driver;
pub mod error;
pub mod following;
pub mod migrator;
mod observation;
mod perform;
pub mod process_builder;
pub mod process_runtime;
mod recover;
mod run;
pub mod settings;
mod source;
pub mod swarm;
mod tool;
mod watcher;

pub use core::{Drivers, Engine, LOCK_TTL, Session, TargetDrivers};
pub use error::{DriverError, EngineError};
pub use recover::Recovered;
pub use settings::entry_url;
pub use watcher::{Cancel, Watcher};
