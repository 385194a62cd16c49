//! What a check says of a place.

use std::fmt;
use std::path::PathBuf;

/// Whether a finding fails the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Error,
    Warning,
}

/// Where, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub level: Level,
    /// From the root of the workspace.
    pub path: PathBuf,
    pub line: usize,
    pub message: String,
    pub advice: String,
}

impl Finding {
    pub fn error(path: impl Into<PathBuf>, line: usize, message: String, advice: impl Into<String>) -> Self {
        Self { level: Level::Error, path: path.into(), line, message, advice: advice.into() }
    }

    pub fn warning(
        path: impl Into<PathBuf>,
        line: usize,
        message: String,
        advice: impl Into<String>,
    ) -> Self {
        Self { level: Level::Warning, ..Self::error(path, line, message, advice) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        write!(f, "{}:{}: {level}: {}", self.path.display(), self.line, self.message)?;
        if self.advice.is_empty() { Ok(()) } else { write!(f, "\n    {}", self.advice) }
    }
}

/// Prints findings, errors last so that they are seen, and says whether there was no error.
pub fn report(check: &str, mut findings: Vec<Finding>) -> bool {
    findings.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| (&a.path, a.line).cmp(&(&b.path, b.line))));
    for finding in &findings {
        println!("{finding}");
    }
    let errors = findings.iter().filter(|finding| finding.level == Level::Error).count();
    println!("{check}: {errors} errors, {} warnings", findings.len() - errors);
    errors == 0
}
