//! The drivers of the `process` target on real parts: git, npm, Python, PostgreSQL, Redis.

mod build;
mod command;
mod datastore;
mod fixture;
mod migrate;
mod runtime;
mod source;
#[path = "../../../host/tests/support/supervise.rs"]
mod supervise;
