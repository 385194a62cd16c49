//! Units as types, written by people as `30s`, `512M`, `10%`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Why a text is not the quantity it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct UnitError {
    text: String,
    expected: &'static str,
}

/// A span of time in whole milliseconds. Written `250ms`, `30s`, `5m`, `2h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub u64);

impl Millis {
    /// `n` seconds.
    pub const fn seconds(n: u64) -> Self {
        Self(n * 1000)
    }

    /// As the standard library's type.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl From<Duration> for Millis {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }
}

const TIME_UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl FromStr for Millis {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError { text: text.into(), expected: "a duration like 250ms, 30s, 5m, 2h or 7d" };
        let (number, unit) = split_number(text).ok_or_else(error)?;
        let factor = TIME_UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(error)?.1;
        number.checked_mul(factor).map(Self).ok_or_else(error)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) = TIME_UNITS
            .iter()
            .rev()
            .find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor))
            .unwrap_or(&TIME_UNITS[0]);
        write!(f, "{}{unit}", self.0 / factor)
    }
}

/// An amount of memory or disk in bytes. Written `512K`, `256M`, `2G` (powers of 1024) or a plain number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub u64);

const SIZE_UNITS: [(&str, u64); 4] = [("", 1), ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30)];

impl FromStr for Bytes {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError { text: text.into(), expected: "a size like 64M, 2G or a number of bytes" };
        let (number, unit) = split_number(text).ok_or_else(error)?;
        let unit = unit.trim_end_matches('B').trim_end_matches('i');
        let factor = SIZE_UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or_else(error)?.1;
        number.checked_mul(factor).map(Self).ok_or_else(error)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) = SIZE_UNITS
            .iter()
            .rev()
            .find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor))
            .unwrap_or(&SIZE_UNITS[0]);
        write!(f, "{}{unit}", self.0 / factor)
    }
}

fn split_number(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, text[end..].trim_start()))
}

macro_rules! text_serde {
    ($name:ident, $example:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "examples": [$example] })
            }
        }
    };
}
text_serde!(Millis, "30s");
text_serde!(Bytes, "256M");

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The span from `earlier` to this, zero when the clock went back in between.
    pub fn since(self, earlier: Self) -> Millis {
        Millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

/// A TCP port.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Port(pub u16);

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_round_trip() {
        for text in ["0ms", "250ms", "30s", "5m", "2h", "7d", "90s"] {
            let parsed: Millis = text.parse().unwrap();
            assert_eq!(parsed.to_string().parse::<Millis>().unwrap(), parsed, "{text}");
        }
        assert_eq!("90s".parse::<Millis>().unwrap().to_string(), "90s");
        for bad in ["", "s", "5", "5 parsecs", "-1s", "99999999999999999999d"] {
            assert!(bad.parse::<Millis>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn sizes_round_trip() {
        assert_eq!("64M".parse::<Bytes>().unwrap(), Bytes(64 << 20));
        assert_eq!("64MiB".parse::<Bytes>().unwrap(), Bytes(64 << 20));
        assert_eq!(Bytes(2 << 30).to_string(), "2G");
        assert!("64X".parse::<Bytes>().is_err());
    }
}
