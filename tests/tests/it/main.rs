//! End-to-end scenarios: the real binary on real processes, a real proxy and a real database.
#![allow(clippy::print_stdout)]

mod boots;
mod containers;
mod crashes;
mod deploys;
mod docker;
mod examples;
mod files;
mod hands;
mod https;
mod input;
mod machine;
mod managers;
mod policies;
mod processes;
mod secrets;
mod settings;
mod swarm;
