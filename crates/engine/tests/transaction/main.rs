//! The transaction's laws on drivers in memory: kill it after every event, fail it at every step, cancel it at every step;
//! what is left is always the old release or the new one, whole.

mod laws;
mod orchestrated;
mod orchestrator;
mod world;
