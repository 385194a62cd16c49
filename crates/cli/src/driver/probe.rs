//! Probes over the machine's network.

use engine::driver::{ProbeAnswer, Prober};
use model::instance::Reach;
use model::unit::Millis;

/// Asks over HTTP.
pub struct HttpProber;

impl Prober for HttpProber {
    fn get(&self, at: &Reach, path: &str, timeout: Millis) -> Result<ProbeAnswer, String> {
        let host = at.address.to_string();
        let ask = || host::network::http_get(at.address, path, &host, timeout.duration());
        let answer = match &at.network {
            Some(network) => host::network::within(network, ask).map_err(|error| error.to_string())?,
            None => ask(),
        };
        let answer = answer.map_err(|error| error.to_string())?;
        Ok(ProbeAnswer { status: answer.status, excerpt: answer.body_excerpt })
    }
}
