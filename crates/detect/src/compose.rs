//! Compose files as evidence: names, ports, datastores and what is built.

mod detect;
pub(crate) mod read;

pub(crate) use detect::Compose;
