//! Ports, networks, and small HTTP clients: for probes, and for daemons of this machine.

mod daemon;
mod http;
mod ports;
mod routes;

pub use daemon::{Daemon, DaemonAnswer, DaemonError, DaemonRequest, Payload, ask_daemon};
pub use http::{HttpAnswer, ProbeError, http_get};
pub use ports::{free_ports, port_free, port_owner};
pub use routes::{Subnet, subnets};
