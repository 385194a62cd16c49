//! Everything that is printed. Data goes to standard output, everything about the work itself to standard error.

pub mod annotation;
pub mod ask;
pub mod diff;
pub mod progress;
pub mod refusal;
pub mod sarif;
pub mod step;
pub mod style;
pub mod table;
pub mod time;

use crate::arguments::Format;
use crate::error::CliError;
use serde::Serialize;
use std::io::Write;
use std::process::ExitCode;
use style::Style;

/// Prints a line to standard output. A reader that went away is no error.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a line to standard error.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints a value as JSON to standard output.
pub fn json(value: &impl Serialize) {
    let text =
        serde_json::to_string_pretty(value).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
    line(&text);
}

/// Prints what clap has to say and ends with its code.
pub fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(model::ExitKind::BadInput.code()) } else { ExitCode::SUCCESS }
}

#[derive(Serialize)]
struct ErrorView<'a> {
    error: &'a str,
    exit: u8,
    advice: &'a [String],
}

/// Prints an error with its advice and ends with its code.
pub fn error(error: &CliError, format: Format) -> ExitCode {
    match format {
        Format::Json => {
            let view = ErrorView { error: &error.message, exit: error.kind.code(), advice: &error.hints };
            json(&view);
        }
        Format::Text => {
            let style = Style::for_stderr();
            note(&format!("{} {}", style.bad("error:"), error.message));
            for hint in &error.hints {
                note(&format!("{} {hint}", style.dim("  help:")));
            }
        }
    }
    ExitCode::from(error.kind.code())
}
