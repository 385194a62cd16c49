//! Counters that a thread writes without a lock and the control side sums when asked.
//!
//! Each thread has its own cells and is their only writer, so an increment is a plain load and store.

use crate::http::request::Method;
use crate::http::status::Status;
use model::routing::MemberReading;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A number with one writing thread and any number of readers.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    pub(crate) fn take_one(&self) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_sub(1), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

const BUCKETS: usize = MemberReading::LATENCY_BUCKETS;

/// Durations in buckets of powers of two milliseconds.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    buckets: [Counter; BUCKETS],
    micros: Counter,
}

impl Histogram {
    pub(crate) fn record(&self, micros: u64) {
        // The smallest i with micros <= 1000 * 2^i.
        let millis = micros.div_ceil(1000).max(1);
        let bucket = (64 - (millis - 1).leading_zeros()) as usize;
        self.buckets[bucket.min(BUCKETS - 1)].add(1);
        self.micros.add(micros);
    }
}

/// A histogram that was read: numbers that can be added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Durations {
    pub(crate) buckets: [u64; BUCKETS],
    pub(crate) micros: u64,
}

impl Durations {
    pub(crate) fn add(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(other.buckets).for_each(|(a, b)| *a += b);
        self.micros += other.micros;
    }

    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    fn read(histogram: &Histogram) -> Self {
        Self { buckets: std::array::from_fn(|i| histogram.buckets[i].get()), micros: histogram.micros.get() }
    }
}

/// Answers by method and status; the cells come to be at their first use.
#[derive(Debug)]
pub(crate) struct Answers([OnceLock<Box<Histogram>>; CELLS]);

const CELLS: usize = Method::ALL.len() * Status::COUNT;

impl Default for Answers {
    fn default() -> Self {
        Self([const { OnceLock::new() }; CELLS])
    }
}

impl Answers {
    pub(crate) fn record(&self, method: Method, status: u16, micros: u64) {
        let cell = method as usize * Status::COUNT + Status::of(status).index();
        self.0[cell].get_or_init(Box::default).record(micros);
    }
}

/// Answers that were read.
#[derive(Debug, Clone, Default)]
pub(crate) struct AnswersRead(BTreeMap<usize, Durations>);

impl AnswersRead {
    pub(crate) fn add(&mut self, answers: &Answers) {
        for (i, cell) in answers.0.iter().enumerate() {
            if let Some(histogram) = cell.get() {
                self.0.entry(i).or_default().add(&Durations::read(histogram));
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (i, durations) in &other.0 {
            self.0.entry(*i).or_default().add(durations);
        }
    }

    /// Method, status and durations of all that occurred.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Method, Status, &Durations)> {
        self.0
            .iter()
            .map(|(i, durations)| (Method::ALL[i / Status::COUNT], Status::at(i % Status::COUNT), durations))
    }
}

/// What one thread counts of one member.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct MemberCounters {
    pub(crate) in_flight: Counter,
    pub(crate) upgraded: Counter,
    /// Requests it was given and did not answer.
    pub(crate) unanswered: Counter,
    /// Of these, those given to another member.
    pub(crate) retried: Counter,
    /// Connections that could not be made.
    pub(crate) unreachable: Counter,
    pub(crate) answers: Answers,
}

/// What one thread counts of one pool: requests the proxy answered itself.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct PoolCounters {
    pub(crate) answers: Answers,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_smallest_bucket_that_holds_it() {
        for (micros, bucket) in
            [(0, 0), (1000, 0), (1001, 1), (2000, 1), (2001, 2), (32_768_000, 15), (u64::MAX, 16)]
        {
            let histogram = Histogram::default();
            histogram.record(micros);
            let read = Durations::read(&histogram);
            assert_eq!(read.buckets.iter().position(|n| *n == 1), Some(bucket), "{micros}");
        }
    }

    #[test]
    fn answers_are_told_apart_by_method_and_status() {
        let answers = Answers::default();
        answers.record(Method::Get, 200, 5);
        answers.record(Method::Get, 204, 5);
        answers.record(Method::Get, 299, 5);
        answers.record(Method::Get, 298, 5);
        answers.record(Method::Post, 503, 5);
        let mut read = AnswersRead::default();
        read.add(&answers);
        let seen = |read: &AnswersRead| -> Vec<_> {
            read.iter().map(|(method, status, d)| (method.name(), status.to_string(), d.count())).collect()
        };
        let mut twice = read.clone();
        twice.merge(&read);
        let get = |status: &str, count| ("GET", status.to_owned(), count);
        let expected = [get("2xx", 2), get("200", 1), get("204", 1), ("POST", "503".to_owned(), 1)];
        assert_eq!(seen(&read), expected);
        assert_eq!(seen(&twice), expected.map(|(method, status, count)| (method, status, 2 * count)));
    }
}
