//! Probes over the machine's network.

use engine::driver::{ProbeAnswer, Prober};
use model::unit::Millis;
use std::net::SocketAddr;

/// Asks over HTTP.
pub struct HttpProber;

impl Prober for HttpProber {
    fn get(&self, address: SocketAddr, path: &str, timeout: Millis) -> Result<ProbeAnswer, String> {
        let host = address.to_string();
        let answer = host::network::http_get(address, path, &host, timeout.duration())
            .map_err(|error| error.to_string())?;
        Ok(ProbeAnswer { status: answer.status, excerpt: answer.body_excerpt })
    }
}
