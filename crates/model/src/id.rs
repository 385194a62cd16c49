//! Names and identifiers. One macro makes them all, so that they validate, print and serialise alike.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not a valid name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} `{text}` {problem}; use 1 to 63 of a-z, 0-9, '-' and '_', beginning with a letter or digit")]
pub struct NameError {
    kind: &'static str,
    text: String,
    problem: &'static str,
}

fn check(kind: &'static str, text: &str) -> Result<(), NameError> {
    let fail = |problem| Err(NameError { kind, text: text.to_owned(), problem });
    if text.is_empty() {
        return fail("is empty");
    }
    if text.len() > 63 {
        return fail("is too long");
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()) {
        return fail("begins with a character that is not allowed");
    }
    if !text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_') {
        return fail("has a character that is not allowed");
    }
    Ok(())
}

/// Turns any text into something [`check`] accepts: lower case, runs of other characters become one `-`.
fn normalise(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let trimmed: String = out.trim_matches(|c| c == '-' || c == '_').chars().take(63).collect();
    (!trimmed.is_empty()).then_some(trimmed)
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and wraps a name.
            ///
            /// # Errors
            /// [`NameError`] when the text is empty, too long or has characters outside `a-z 0-9 - _`.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                check($kind, &text)?;
                Ok(Self(text))
            }

            /// The nearest valid name to any text, or `None` when nothing of it can be kept.
            pub fn nearest(text: &str) -> Option<Self> {
                normalise(text).map(Self)
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    )*};
}

names! {
    /// One repository with a `mainstay.toml`.
    ProjectName = "project";
    /// One deployable of a project.
    ServiceName = "service";
    /// A database, cache or bucket of a project.
    DatastoreName = "datastore";
    /// dev, staging, production.
    EnvironmentName = "environment";
    /// An immutable version. Sorts by age: it begins with the number of the release.
    ReleaseId = "release";
    /// One running copy of a service of a release: `<service>-<release>-<n>`.
    InstanceId = "instance";
    /// One performance of a plan.
    RunId = "run";
}

/// The place of a step in its plan, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub u32);

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What a lock, a ledger stream and a routing table belong to: one environment of one project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// The project.
    pub project: ProjectName,
    /// The environment of it.
    pub environment: EnvironmentName,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.project, self.environment)
    }
}

impl ReleaseId {
    /// The id of the `number`-th release, made of its revision (or `dirty`): `r0007-1a2b3c4`.
    pub fn numbered(number: u32, revision: &str) -> Self {
        let short: String = revision.chars().filter(char::is_ascii_alphanumeric).take(7).collect();
        Self(format!("r{number:04}-{}", short.to_lowercase()))
    }

    /// The number that [`ReleaseId::numbered`] put in, or `None` for a name made elsewhere.
    pub fn number(&self) -> Option<u32> {
        self.0.strip_prefix('r')?.split('-').next()?.parse().ok()
    }
}

impl InstanceId {
    /// The id of the `ordinal`-th copy (from 1) of a service in a release, started by the `run`-th start of that release.
    pub fn of(service: &ServiceName, release: &ReleaseId, ordinal: u16, attempt: u32) -> Self {
        Self(format!("{service}-{release}-{attempt}-{ordinal}"))
    }

    /// What all copies of a service have in common that were started together, and the number of this one among them.
    /// `None` for an id that was not made by [`InstanceId::of`].
    pub fn group(&self) -> Option<(&str, u16)> {
        let (group, ordinal) = self.0.rsplit_once('-')?;
        Some((group, ordinal.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert!(ServiceName::new("api").is_ok());
        for bad in ["", "Api", "a b", "-a", "../x", "a/b", &"x".repeat(64)] {
            assert!(ServiceName::new(bad).is_err(), "{bad:?} was accepted");
        }
        assert_eq!(ServiceName::nearest("@acme/My API").map(|n| n.to_string()), Some("acme-my-api".into()));
        assert_eq!(ServiceName::nearest("///"), None);
    }

    #[test]
    fn instances_that_were_started_together_are_a_group() {
        let release = ReleaseId::numbered(12, "abcdef1");
        let id = InstanceId::of(&"api".parse().unwrap(), &release, 3, 2);
        assert_eq!(id.group(), Some(("api-r0012-abcdef1-2", 3)));
        assert_eq!(InstanceId::nearest("datastore-postgres").unwrap().group(), None);
    }

    #[test]
    fn release_ids_carry_their_number() {
        let id = ReleaseId::numbered(12, "ABCDEF123");
        assert_eq!(id.as_str(), "r0012-abcdef1");
        assert_eq!(id.number(), Some(12));
    }
}
