//! Time: what the clock on the wall says, and a clock that never goes back.

use model::unit::{Millis, Timestamp};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source of time.
pub trait Clock: Send + Sync {
    /// The time of day. May jump, also backwards; for people and records, never for waiting.
    fn now(&self) -> Timestamp;

    /// Time since some fixed point; never goes back. For timeouts and durations.
    fn monotonic(&self) -> Duration;

    /// Waits.
    fn sleep(&self, span: Duration);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        ORIGIN.elapsed()
    }

    fn sleep(&self, span: Duration) {
        std::thread::sleep(span);
    }
}

/// A clock that moves only when told, or when someone sleeps.
#[derive(Debug, Default)]
pub struct ManualClock {
    /// Wall time and monotonic time.
    times: Mutex<(Timestamp, Duration)>,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self { times: Mutex::new((now, Duration::ZERO)) }
    }

    /// Lets time pass.
    pub fn advance(&self, span: Duration) {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.0.0 = times.0.0.saturating_add_unsigned(Millis::from(span).0);
        times.1 += span;
    }

    /// Sets the time of day, as someone who moves the clock would; monotonic time stays.
    pub fn set(&self, now: Timestamp) {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).0 = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn monotonic(&self) -> Duration {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    fn sleep(&self, span: Duration) {
        self.advance(span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_when_someone_sleeps() {
        let clock = ManualClock::at(Timestamp(1_000));
        clock.sleep(Duration::from_millis(250));
        assert_eq!((clock.now(), clock.monotonic()), (Timestamp(1_250), Duration::from_millis(250)));
        clock.set(Timestamp(0));
        assert_eq!((clock.now(), clock.monotonic()), (Timestamp(0), Duration::from_millis(250)));
    }

    #[test]
    fn the_system_clock_goes_forward() {
        let before = SystemClock.monotonic();
        SystemClock.sleep(Duration::from_millis(2));
        assert!(SystemClock.monotonic() >= before + Duration::from_millis(2));
        assert!(SystemClock.now() > Timestamp(1_600_000_000_000));
    }
}
