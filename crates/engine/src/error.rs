//! The engine's errors.

use model::ExitKind;
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

/// The engine itself could not go on. Failures of a plan's steps are no errors: they are part of the outcome.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The record cannot be written or read, or the lock is held.
    #[error(transparent)]
    Ledger(#[from] ledger::LedgerError),
    /// The secrets cannot be read or written.
    #[error(transparent)]
    Vault(#[from] vault::VaultError),
    /// A driver could not even say what is there.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The world changed between plan and performance.
    #[error("what runs has changed since the plan was made")]
    Stale,
    /// A run was cut off and has to be taken up first.
    #[error("an earlier {0} was cut off and has to be taken up first")]
    Interrupted(String),
}

impl EngineError {
    /// What it means for the exit code.
    pub fn kind(&self) -> ExitKind {
        match self {
            Self::Ledger(error) => error.kind(),
            Self::Vault(error) => error.kind(),
            Self::Driver(_) | Self::Stale | Self::Interrupted(_) => ExitKind::Refused,
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Ledger(error) => Some(error.advice()),
            Self::Vault(error) => Some(error.advice()),
            Self::Driver(error) => error.0.advice.clone(),
            Self::Stale => Some("make the plan again".into()),
            Self::Interrupted(_) => Some("run `mainstay recover`, or the same command again".into()),
        }
    }
}
