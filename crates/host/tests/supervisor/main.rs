//! The supervisor with real programs.

mod bench;
mod keeping;
mod killing;
mod life;
mod stopping;
#[path = "../support/supervise.rs"]
mod supervise;
