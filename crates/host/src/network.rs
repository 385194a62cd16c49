//! Ports, networks, and small HTTP clients: for probes, for daemons of this machine, and for registries of images.

mod daemon;
mod exchange;
mod http;
mod login;
mod namespace;
mod ports;
mod registry;
mod routes;
mod upgrade;
mod web;

pub use daemon::{Daemon, DaemonError, DaemonRequest, ask_daemon};
pub use exchange::{Answer as DaemonAnswer, Payload};
pub use http::{HttpAnswer, ProbeError, http_get};
pub use login::of as login;
pub use namespace::{NamespaceError, within};
pub use ports::{free_ports, port_free, port_owner};
pub use registry::{Mirror, RegistryError, image_digests};
pub use routes::{Subnet, subnets};
pub use upgrade::Upgraded;
