//! Every instance has a small process of its own that watches over it, so that its output, its exit status and its
//! restarts do not depend on the control plane. It is our own binary, started as `mainstay supervise FOLDER`.
//!
//! An instance's folder holds `spec.json` (what it was started with), `state.json` (what became of it), `lock` (held by
//! the supervisor as long as it lives), `output.log` with older parts, and `supervisor.log` (empty unless something is
//! wrong with the supervisor itself). The environment holds secrets: it comes over a pipe and is never on disk.

mod cgroup;
mod child;
mod control;
mod folder;
mod handover;
mod launch;
mod log;
mod output;
mod sentinel;
mod signals;
mod state;
mod watch;

pub use control::{SupervisorError, list, remove, status, stop};
pub use launch::launch;
pub use log::{Conceal, Concealer};
pub use output::{Follower, LogLine, since, tail};
pub use state::{LimitsApplied, State, state};
pub use watch::main;
