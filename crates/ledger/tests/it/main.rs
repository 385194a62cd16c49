//! The ledger on real files, with real processes and real disks.
#![allow(clippy::print_stdout, reason = "children tell their parent by it")]

mod crash;
mod disk;
mod format;
mod lock;
mod log;
mod sample;
mod views;
