//! Where something stands in a file.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A path inside the repository with a line, counted from 1. Printed and serialised as `path:line`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Path relative to the repository's root, with `/` between the parts.
    pub path: String,
    /// Line, counted from 1.
    pub line: u32,
}

impl Place {
    /// A line of a file.
    pub fn new(path: impl Into<String>, line: u32) -> Self {
        Self { path: path.into(), line }
    }

    /// The line (from 1) that holds the byte at `offset` of `text`.
    pub fn line_of(text: &[u8], offset: usize) -> u32 {
        let before = &text[..offset.min(text.len())];
        u32::try_from(before.iter().filter(|byte| **byte == b'\n').count())
            .unwrap_or(u32::MAX)
            .saturating_add(1)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// The text was not `path:line`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not of the form path:line")]
pub struct PlaceError(String);

impl FromStr for Place {
    type Err = PlaceError;
    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let error = || PlaceError(text.to_owned());
        let (path, line) = text.rsplit_once(':').ok_or_else(error)?;
        Ok(Self::new(path, line.parse().map_err(|_| error())?))
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!(Place::line_of(b"a\nb\nc", 0), 1);
        assert_eq!(Place::line_of(b"a\nb\nc", 2), 2);
        assert_eq!(Place::line_of(b"a\nb\nc", 99), 3);
    }
}
