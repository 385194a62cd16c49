//! Time: a steady clock for deadlines and durations, and the wall clock for logs.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 of the wall clock.
pub(crate) fn wall_millis() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// Milliseconds of the steady clock, which is the same for all processes since boot and never 0.
pub(crate) fn steady_millis() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid place for the result.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    now.tv_sec.unsigned_abs() * 1000 + now.tv_nsec.unsigned_abs() / 1_000_000 + 1
}

/// `2026-11-21T11:05:40.123Z`: RFC 3339 in UTC. Civil date by Howard Hinnant's `civil_from_days`.
pub(crate) fn rfc3339(millis: u64) -> [u8; 24] {
    let (seconds, ms) = (millis / 1000, millis % 1000);
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |range: std::ops::Range<usize>, mut n: u64| {
        for at in range.rev() {
            text[at] = b'0' + (n % 10) as u8;
            n /= 10;
        }
    };
    put(0..4, year);
    put(5..7, month);
    put(8..10, day);
    put(11..13, time / 3600);
    put(14..16, time / 60 % 60);
    put(17..19, time % 60);
    put(20..23, ms);
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_written_in_utc() {
        let text = |ms| String::from_utf8(super::rfc3339(ms).to_vec()).unwrap();
        assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(951_782_399_999), "2000-02-28T23:59:59.999Z");
        assert_eq!(text(951_868_799_001), "2000-02-29T23:59:59.001Z");
        assert_eq!(text(1_795_259_140_123), "2026-11-21T11:05:40.123Z");
    }
}
