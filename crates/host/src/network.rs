//! Ports and a small HTTP client for probes.

mod http;
mod ports;

pub use http::{HttpAnswer, ProbeError, http_get};
pub use ports::{free_ports, port_free, port_owner};
