//! Errors of commands. Every error of a library becomes one here, with its exit code and its advice.

use model::ExitKind;

/// What went wrong, what it means for the exit code, and what to do.
#[derive(Debug)]
pub struct CliError {
    /// The exit code's meaning.
    pub kind: ExitKind,
    /// What is wrong, with where and why.
    pub message: String,
    /// What to do; a line each.
    pub hints: Vec<String>,
}

impl CliError {
    /// Bad usage or input.
    pub fn input(message: impl Into<String>) -> Self {
        Self { kind: ExitKind::BadInput, message: message.into(), hints: Vec::new() }
    }

    /// Refused before anything was changed.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { kind: ExitKind::Refused, message: message.into(), hints: Vec::new() }
    }

    /// With what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    fn new(kind: ExitKind, message: String, hint: Option<String>) -> Self {
        Self { kind, message, hints: hint.into_iter().collect() }
    }
}

impl From<engine::EngineError> for CliError {
    fn from(error: engine::EngineError) -> Self {
        let message = match &error {
            engine::EngineError::Driver(driver) => with_evidence(&driver.0),
            _ => error.to_string(),
        };
        Self::new(error.kind(), message, error.advice())
    }
}

fn with_evidence(failure: &model::event::Failure) -> String {
    let shown = failure.evidence.iter().flat_map(|seen| &seen.lines).map(|line| format!("\n    {line}"));
    shown.fold(failure.message.clone(), |message, line| message + &line)
}

impl From<ledger::LedgerError> for CliError {
    fn from(error: ledger::LedgerError) -> Self {
        Self::new(error.kind(), error.to_string(), Some(error.advice()))
    }
}

impl From<vault::VaultError> for CliError {
    fn from(error: vault::VaultError) -> Self {
        Self::new(error.kind(), error.to_string(), Some(error.advice()))
    }
}

impl From<host::files::FileError> for CliError {
    fn from(error: host::files::FileError) -> Self {
        Self::new(ExitKind::Refused, error.to_string(), None)
    }
}

impl From<host::TreeError> for CliError {
    fn from(error: host::TreeError) -> Self {
        Self::input(error.to_string())
    }
}

impl From<planner::DraftError> for CliError {
    fn from(error: planner::DraftError) -> Self {
        let hint = match &error {
            planner::DraftError::NoService => {
                "`mainstay detect` shows what was looked at; name a service with `start` in mainstay.toml"
            }
            planner::DraftError::UnknownEnvironment { .. } => "choose one of them with --environment",
            planner::DraftError::UnknownService(_) => "give it `path` and `start`, or remove it",
        };
        Self::input(error.to_string()).hint(hint)
    }
}
