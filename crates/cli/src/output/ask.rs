//! Questions to whoever sits at the terminal.

use super::note;
use std::io::{BufRead, IsTerminal};

/// Whether somebody sits there who can be asked.
pub fn possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for a yes or a no; an empty line is the default, the end of input is a no.
pub fn confirm(question: &str, default: bool) -> bool {
    note(&format!("{question} [{}]", if default { "Y/n" } else { "y/N" }));
    let mut answer = String::new();
    // No answer (end of input) is no consent.
    if std::io::stdin().lock().read_line(&mut answer).unwrap_or(0) == 0 {
        return false;
    }
    match answer.trim().to_lowercase().as_str() {
        "" => default,
        word => word.starts_with('y'),
    }
}
