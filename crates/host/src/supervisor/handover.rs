//! What passes between the one who starts an instance and its supervisor: the environment in, one answer out.
//!
//! In: `NAME=value` and NUL for each variable, then one more NUL. Without that end the sender died half way and nothing
//! is started. Out: one line of JSON.

use crate::environment::Variables;
use model::Secret;
use serde::{Deserialize, Serialize};

/// The supervisor's answer.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// The program was started.
    Started,
    /// Another supervisor watches over this instance already.
    Running,
    /// It could not be started.
    Refused(String),
}

/// Packs an environment; `Err` names a variable that no environment can hold.
pub(crate) fn pack(env: &Variables) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for (name, value) in env {
        if name.is_empty() || name.contains(['=', '\0']) || value.expose().contains('\0') {
            return Err(name.clone());
        }
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(b'=');
        bytes.extend_from_slice(value.expose().as_bytes());
        bytes.push(0);
    }
    bytes.push(0);
    Ok(bytes)
}

/// Unpacks what [`pack`] made; `None` when its end is missing.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Variables> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\0')?;
    if !text.is_empty() && !text.ends_with('\0') {
        return None;
    }
    text.split_terminator('\0')
        .map(|line| line.split_once('=').map(|(name, value)| (name.to_owned(), Secret::new(value))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect()
    }

    #[test]
    fn an_environment_comes_through_whole_or_not_at_all() {
        for pairs in [vec![], vec![("A", "")], vec![("A", "b=c\nd"), ("Z", "ü")]] {
            let packed = pack(&env(&pairs)).unwrap();
            let got = unpack(&packed).unwrap();
            let got: Vec<(&str, &str)> =
                got.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
            assert_eq!(got, pairs);
            for cut in 0..packed.len() {
                assert!(unpack(&packed[..cut]).is_none(), "{cut} of {pairs:?}");
            }
        }
        assert_eq!(pack(&env(&[("A", "x\0y")])), Err("A".into()));
    }
}
