//! What is wrong in a manifest, and where.

use std::fmt;
use std::ops::Range;
use toml_edit::TomlError;

/// One thing that is wrong. Printed as `line:column: message; suggestion`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The key it is about, like `services.api.port`; empty for the file as a whole.
    pub key: String,
    /// What is wrong, the key included.
    pub message: String,
    /// What to do, when it is known.
    pub suggestion: Option<String>,
}

impl Problem {
    /// About a key; the message goes on where the key ends.
    pub(super) fn at(text: &str, span: &Range<usize>, key: &str, message: &str) -> Self {
        let (line, column) = position(text, span.start);
        let message = if key.is_empty() { message.to_owned() } else { format!("`{key}` {message}") };
        Self { line, column, key: key.to_owned(), message, suggestion: None }
    }

    /// The text is no TOML.
    pub(super) fn syntax(text: &str, error: &TomlError) -> Self {
        let span = error.span().unwrap_or(text.len()..text.len());
        let words: Vec<&str> = error.message().split_whitespace().collect();
        Self {
            suggestion: Some("see https://toml.io for how TOML is written".to_owned()),
            ..Self::at(text, &span, "", &format!("not valid TOML: {}", words.join(" ")))
        }
    }

    pub(super) fn suggest(self, suggestion: Option<String>) -> Self {
        Self { suggestion, ..self }
    }
}

/// Line and column of a byte, both from 1.
fn position(text: &str, offset: usize) -> (u32, u32) {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).saturating_add(1);
    (count(before.matches('\n').count()), count(before[line_start..].chars().count()))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; {suggestion}"),
            None => Ok(()),
        }
    }
}
