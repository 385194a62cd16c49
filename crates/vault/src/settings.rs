//! Settings: the values of a service's variables, with everything that is wrong with them at once.

mod check;
mod inspect;
mod placeholder;
mod resolve;

pub use inspect::{Expected, Value, Wrong, inspect};
pub use resolve::{Found, Sources, resolve};

use crate::hex;
use model::Secret;
use ring::digest::{Context, SHA256};
use std::collections::BTreeMap;

/// SHA-256 over names and values, in hexadecimal digits: it shows that one changed without showing it.
pub fn digest(settings: &BTreeMap<String, Secret>) -> String {
    let mut hash = Context::new(&SHA256);
    for (name, value) in settings {
        for text in [name.as_str(), value.expose()] {
            // With its length, so that no two lists of settings run together into the same bytes.
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
    }
    hex::encode(hash.finish().as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> String {
        digest(&pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect())
    }

    #[test]
    fn the_digest_tells_settings_apart() {
        assert_eq!(of(&[("A", "1"), ("B", "2")]), of(&[("B", "2"), ("A", "1")]));
        let different =
            [of(&[]), of(&[("A", "1")]), of(&[("A", "2")]), of(&[("A1", "")]), of(&[("A", "1"), ("B", "")])];
        for (place, digest) in different.iter().enumerate() {
            assert!(!different[..place].contains(digest), "{place}");
        }
    }
}
