//! How a release goes live.

use crate::unit::Millis;
use serde::{Deserialize, Serialize};

/// The deploy transaction's choices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeployPolicy {
    /// How traffic moves to the new release.
    pub strategy: Strategy,
    /// Consecutive healthy answers before a new instance may take traffic.
    pub healthy: u16,
    /// Longest wait for them.
    pub start_timeout: Millis,
    /// What is compared after the shift, and for how long.
    pub watch: WatchPolicy,
    /// Longest wait for in-flight requests of old instances.
    pub drain: Millis,
    /// Releases kept for a rollback, the live one included.
    pub keep: u16,
}

/// How traffic moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum Strategy {
    /// All new requests at once.
    AllAtOnce,
    /// In steps; each step is watched.
    Canary {
        /// Percent of new requests at each step, rising, without the final 100.
        steps: Vec<u8>,
        /// How long each step is watched.
        hold: Millis,
    },
    /// All at once, and the old release's instances keep running beside until the next deploy, so that a rollback
    /// only moves traffic.
    BlueGreen,
}

/// When the new release counts as worse than the old one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WatchPolicy {
    /// How long the new release is watched after the shift; zero skips it.
    pub duration: Millis,
    /// Tolerated share of failed requests above the old release's share, in percent.
    pub error_percent: f64,
    /// Requests the new release must have answered before its share counts.
    pub min_requests: u64,
    /// Tolerated factor on the 95th percentile of the duration; it must also be above 100 ms.
    pub latency_factor: f64,
}

impl Default for DeployPolicy {
    fn default() -> Self {
        Self {
            strategy: Strategy::AllAtOnce,
            healthy: 3,
            start_timeout: Millis::seconds(60),
            watch: WatchPolicy::default(),
            drain: Millis::seconds(30),
            keep: 5,
        }
    }
}

impl Default for WatchPolicy {
    fn default() -> Self {
        Self { duration: Millis::seconds(20), error_percent: 2.0, min_requests: 20, latency_factor: 3.0 }
    }
}
