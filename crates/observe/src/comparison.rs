//! Is the new release worse than the old one? Decided from the data plane's own counters.

use model::id::ReleaseId;
use model::manifest::WatchPolicy;
use model::routing::{MemberReading, TrafficState};
use std::fmt;

/// Requests of one release, summed over its instances.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Answered or failed.
    pub requests: u64,
    /// Failed: 5xx or no answer.
    pub errors: u64,
    /// By duration, as in [`MemberReading::latency`].
    pub latency: Vec<u64>,
}

/// Below this the 95th percentile is never called slow, in milliseconds.
const SLOW_FLOOR_MS: u64 = 100;
/// So few requests suffice when most of them fail.
const FEW: u64 = 5;

impl Record {
    /// The record of a release in a service's pool, or in all pools.
    pub fn of(state: &TrafficState, release: &ReleaseId) -> Self {
        let readings =
            state.pools.iter().flat_map(|pool| &pool.members).filter(|member| &member.release == release);
        readings.fold(Self::default(), |mut sum, reading| {
            sum.add(reading);
            sum
        })
    }

    fn add(&mut self, reading: &MemberReading) {
        self.requests += reading.requests;
        self.errors += reading.errors;
        self.latency.resize(self.latency.len().max(reading.latency.len()), 0);
        for (sum, count) in self.latency.iter_mut().zip(&reading.latency) {
            *sum += count;
        }
    }

    /// What came after an earlier reading of the same release. Counters that fell (an instance left) count as nothing.
    #[must_use]
    pub fn after(&self, earlier: &Self) -> Self {
        let before = |index: usize| earlier.latency.get(index).copied().unwrap_or(0);
        Self {
            requests: self.requests.saturating_sub(earlier.requests),
            errors: self.errors.saturating_sub(earlier.errors),
            latency: self
                .latency
                .iter()
                .enumerate()
                .map(|(i, count)| count.saturating_sub(before(i)))
                .collect(),
        }
    }

    /// Share of failed requests in percent.
    #[allow(clippy::cast_precision_loss)]
    pub fn error_percent(&self) -> f64 {
        if self.requests == 0 { 0.0 } else { 100.0 * self.errors as f64 / self.requests as f64 }
    }

    /// Number of requests whose duration is on record.
    fn timed(&self) -> u64 {
        self.latency.iter().sum()
    }

    /// Upper bound in milliseconds of the bucket that holds the 95th percentile; `None` without requests.
    pub fn p95_ms(&self) -> Option<u64> {
        let total = self.timed();
        let wanted = (total * 95).div_ceil(100);
        let mut seen = 0;
        self.latency.iter().enumerate().find_map(|(bucket, count)| {
            seen += count;
            (total > 0 && seen >= wanted).then(|| 1 << bucket)
        })
    }
}

/// How the new release is worse.
#[derive(Debug, Clone, PartialEq)]
pub enum Regression {
    /// More of its requests fail.
    Errors {
        /// The new release's record.
        new: Record,
        /// The old one's share, in percent.
        old_percent: f64,
    },
    /// Its requests take longer.
    Latency {
        /// 95th percentile of the new release, in milliseconds.
        new_ms: u64,
        /// Of the old one.
        old_ms: u64,
    },
}

impl fmt::Display for Regression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Errors { new, old_percent } => write!(
                f,
                "{} of {} requests failed ({:.1} %), the release before had {old_percent:.1} %",
                new.errors,
                new.requests,
                new.error_percent()
            ),
            Self::Latency { new_ms, old_ms } => {
                write!(
                    f,
                    "95 % of requests took up to {new_ms} ms, with the release before up to {old_ms} ms"
                )
            }
        }
    }
}

/// Compares the new release's record with the old one's. `None` means: no worse as far as can be told. Durations are
/// compared only where the record has enough of them; whoever keeps it may leave out those of a process that was cold.
pub fn compare(new: &Record, old: &Record, policy: &WatchPolicy) -> Option<Regression> {
    let old_percent = old.error_percent();
    let worse = new.error_percent() > old_percent + policy.error_percent;
    let mostly_failing = new.requests >= FEW && new.errors * 2 > new.requests && old_percent < 10.0;
    if (worse && new.requests >= policy.min_requests) || mostly_failing {
        return Some(Regression::Errors { new: new.clone(), old_percent });
    }
    let (new_ms, old_ms) = (new.p95_ms()?, old.p95_ms()?);
    // The 95th percentile of few requests is the slowest one.
    let enough = [new, old].iter().all(|record| record.timed() >= policy.min_requests * 5);
    #[allow(clippy::cast_precision_loss)]
    let slower = new_ms as f64 > old_ms as f64 * policy.latency_factor;
    (enough && slower && new_ms > SLOW_FLOOR_MS).then_some(Regression::Latency { new_ms, old_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(requests: u64, errors: u64, bucket: usize) -> Record {
        let mut latency = vec![0; MemberReading::LATENCY_BUCKETS];
        latency[bucket] = requests;
        Record { requests, errors, latency }
    }

    #[test]
    fn more_errors_are_a_regression() {
        let policy = WatchPolicy::default();
        let good = record(1000, 0, 3);
        assert_eq!(compare(&record(100, 1, 3), &good, &policy), None);
        assert!(matches!(compare(&record(100, 10, 3), &good, &policy), Some(Regression::Errors { .. })));
    }

    #[test]
    fn errors_the_old_release_had_too_are_none() {
        let bad = record(1000, 200, 3);
        assert_eq!(compare(&record(100, 20, 3), &bad, &WatchPolicy::default()), None);
    }

    #[test]
    fn few_requests_count_only_when_most_fail() {
        let (policy, good) = (WatchPolicy::default(), record(1000, 0, 3));
        assert_eq!(compare(&record(10, 2, 3), &good, &policy), None);
        assert!(compare(&record(6, 6, 3), &good, &policy).is_some());
    }

    #[test]
    fn slow_answers_are_a_regression() {
        let (policy, good) = (WatchPolicy::default(), record(1000, 0, 3));
        assert_eq!(compare(&record(100, 0, 5), &good, &policy), None, "32 ms is below the floor");
        assert!(matches!(compare(&record(100, 0, 9), &good, &policy), Some(Regression::Latency { .. })));
        assert_eq!(compare(&record(99, 0, 9), &good, &policy), None, "so few tell nothing about durations");
    }

    #[test]
    fn percentile_is_the_bucket_of_the_95th() {
        let mut latency = vec![0; 17];
        latency[0] = 94;
        latency[10] = 6;
        assert_eq!(Record { requests: 100, errors: 0, latency }.p95_ms(), Some(1024));
        assert_eq!(Record::default().p95_ms(), None);
    }
}
