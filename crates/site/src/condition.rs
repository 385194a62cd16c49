//! Conditions and ranges of a request (RFC 9110, sections 13 and 14).

use crate::folder::Found;
use hyper::HeaderMap;
use hyper::header::{self, HeaderName};
use std::ops::Range;
use std::time::SystemTime;

/// How much of a file is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// These bytes.
    Bytes(Range<u64>),
    /// None: the range lies behind its end.
    Unsatisfiable,
}

/// Whether the client has what it asks for.
pub(crate) fn is_fresh(headers: &HeaderMap, found: &Found) -> bool {
    // A tag says more than a time, so the time counts only where there is no tag.
    if let Some(tags) = text(headers, header::IF_NONE_MATCH) {
        let same = |tag: &str| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == found.tag;
        return tags.split(',').map(str::trim).any(same);
    }
    time(headers, header::IF_MODIFIED_SINCE).is_some_and(|since| found.changed <= since)
}

/// The part that is asked for. Several ranges at once, and what is no range, are answered with everything, as is allowed.
pub(crate) fn part(headers: &HeaderMap, found: &Found) -> Part {
    let unchanged = match text(headers, header::IF_RANGE) {
        None => true,
        Some(tag) if tag.starts_with('"') => tag == found.tag,
        Some(_) => time(headers, header::IF_RANGE) == Some(found.changed),
    };
    let asked = text(headers, header::RANGE).filter(|_| unchanged);
    asked.and_then(|asked| range(asked, found.length)).unwrap_or(Part::Whole)
}

fn range(asked: &str, length: u64) -> Option<Part> {
    let (first, last) = asked.strip_prefix("bytes=")?.trim().split_once('-')?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let bytes = if first.is_empty() {
        length.saturating_sub(number(last)?)..length
    } else {
        let first = number(first)?;
        let last = if last.is_empty() { u64::MAX } else { number(last)? };
        if last < first {
            return None;
        }
        first..length.min(last.saturating_add(1))
    };
    Some(if bytes.is_empty() { Part::Unsatisfiable } else { Part::Bytes(bytes) })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn time(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(text(headers, name)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        assert_eq!(range("bytes=0-0", 10), Some(Part::Bytes(0..1)));
        assert_eq!(range("bytes=2-", 10), Some(Part::Bytes(2..10)));
        assert_eq!(range("bytes=-3", 10), Some(Part::Bytes(7..10)));
        assert_eq!(range("bytes=-30", 10), Some(Part::Bytes(0..10)));
        assert_eq!(range("bytes=5-99999999999999999999999", 10), Some(Part::Bytes(5..10)));
        for outside in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(range(outside, 10), Some(Part::Unsatisfiable), "{outside}");
        }
        for odd in ["bytes=3-2", "bytes=a-b", "bytes=1-2,4-5", "bytes=", "bytes=-", "lines=1-2", "bytes=+1-2"]
        {
            assert_eq!(range(odd, 10), None, "{odd}");
        }
    }
}
