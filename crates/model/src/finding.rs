//! Findings: a rule says something about a place.

use crate::Place;
use serde::{Deserialize, Serialize};

/// How bad it is if the finding is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Should be changed.
    Warning,
    /// Must be changed: a plan with such a finding is refused.
    Error,
}

/// One statement of one rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// The rule's name, `family/what`.
    pub rule: String,
    /// Where in a file, when it is about one.
    pub place: Option<Place>,
    /// Other places that are needed to see it, as the one that disagrees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Place>,
    /// What is wrong, as a sentence fragment in lower case.
    pub message: String,
    /// What to do about it.
    pub advice: String,
}

impl Finding {
    /// A finding that is about no place in a file.
    pub fn new(
        severity: Severity,
        rule: impl Into<String>,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            rule: rule.into(),
            place: None,
            related: Vec::new(),
            message: message.into(),
            advice: advice.into(),
        }
    }

    /// The same, about a place.
    #[must_use]
    pub fn at(self, place: Option<Place>) -> Self {
        Self { place, ..self }
    }
}
