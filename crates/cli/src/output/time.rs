//! Points and spans of time for people.

use model::unit::{Millis, Timestamp};

/// A span in two digits or so: `12 ms`, `1.3 s`, `2 min 5 s`, `3 h 4 min`, `5 d`.
pub fn span(span: Millis) -> String {
    let ms = span.0;
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
        3_600_000..172_800_000 => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
        _ => format!("{} d", ms / 86_400_000),
    }
}

/// How long ago something was.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    format!("{} ago", span(now.since(then)))
}

/// A point in time as RFC 3339 in UTC, to the second.
pub fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map_or_else(|_| at.0.to_string(), |time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short() {
        let texts = [0, 12, 1_345, 125_000, 11_040_000, 432_000_000].map(|ms| span(Millis(ms)));
        assert_eq!(texts, ["0 ms", "12 ms", "1.3 s", "2 min 5 s", "3 h 4 min", "5 d"]);
        assert_eq!(utc(Timestamp(0)), "1970-01-01T00:00:00Z");
    }
}
