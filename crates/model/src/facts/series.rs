//! The series that a service's metrics endpoint answers with.

use serde::{Deserialize, Serialize};

/// One that the code declares, or that a library it uses brings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeriesFact {
    /// Its name, as it is registered: a histogram is asked for as `NAME_bucket`, `NAME_sum` and `NAME_count`.
    pub name: String,
    /// What it measures with.
    pub kind: SeriesKind,
    /// Names of its labels, in the order in which they are declared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

/// What a series measures with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeriesKind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts observations in buckets.
    Histogram,
    /// Counts observations and knows their sum.
    Summary,
}
