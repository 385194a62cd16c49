//! The engine's errors.

use model::event::{Evidence, Failure, FailureKind};

/// A driver could not do what it was asked. It is a [`Failure`] from the start, so that nothing is lost on the way up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.message)]
pub struct DriverError(pub Box<Failure>);

impl DriverError {
    /// A failure of a kind with its message: what went wrong and where, a sentence fragment in lower case.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self(Box::new(Failure { kind, message: message.into(), advice: None, evidence: Vec::new() }))
    }

    /// Someone asked to stop.
    pub fn cancelled() -> Self {
        Self::new(FailureKind::Cancelled, "cancelled")
    }

    /// With what to do about it.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// With something that was seen.
    #[must_use]
    pub fn show(mut self, title: impl Into<String>, lines: Vec<String>) -> Self {
        if !lines.is_empty() {
            self.0.evidence.push(Evidence { title: title.into(), lines });
        }
        self
    }
}

impl From<DriverError> for Failure {
    fn from(error: DriverError) -> Self {
        *error.0
    }
}
