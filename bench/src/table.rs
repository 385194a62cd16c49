//! How figures are shown: one table each, with the target and what peers took in the same run.

use std::fmt;

/// Samples of one thing, in the unit of its table.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) samples: Vec<f64>,
}

impl Series {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), samples: Vec::new() }
    }

    /// The value below which that share of the samples lies; NaN without samples.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        // The share is between 0 and 1, so the index is in the list.
        sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}

/// What a figure may be at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target(pub(crate) f64);

/// A figure: what was measured first, then its peers.
#[derive(Debug)]
pub(crate) struct Figure<'a> {
    pub(crate) title: &'a str,
    /// `ms` or `MB`.
    pub(crate) unit: &'a str,
    /// For the median of the first series.
    pub(crate) target: Option<Target>,
    pub(crate) series: &'a [Series],
    /// Peers that are not on this machine, and other words below the table.
    pub(crate) notes: &'a [String],
}

impl fmt::Display for Figure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.title)?;
        let width = self.series.iter().map(|series| series.name.chars().count()).max().unwrap_or(0).max(24);
        let unit = self.unit;
        writeln!(f, "  {:width$} {:>10} {:>10} {:>10} {:>9}", unit, "median", "p95", "most", "× ours")?;
        let ours = self.series.first().map_or(f64::NAN, Series::median);
        for (place, series) in self.series.iter().enumerate() {
            let [median, p95, most] = [0.5, 0.95, 1.0].map(|share| series.quantile(share));
            write!(f, "  {:width$} {median:>10.1} {p95:>10.1} {most:>10.1} ", series.name)?;
            if place == 0 { writeln!(f, "{:>9}", "")? } else { writeln!(f, "{:>9.2}", median / ours)? }
        }
        if let Some(Target(most)) = self.target {
            let word = if ours < most { "met" } else { "MISSED" };
            writeln!(f, "  target: under {most} {unit}; measured {ours:.1} {unit}: {word}")?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "  {note}"))
    }
}

/// Milliseconds of a span.
pub(crate) fn millis(span: std::time::Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}
