//! The command line: arguments in, engine in the middle, words for people or JSON for programs out.
//!
//! One file a command under `command/`. `composition` puts the drivers together; `role` holds the hidden subcommands by which
//! the binary starts itself as a supervisor, as the proxy or as a small server.

mod arguments;
mod command;
mod composition;
mod driver;
mod error;
mod git;
mod output;
mod project;
mod role;
mod signal;

pub use arguments::Arguments;
pub use error::CliError;

use clap::{CommandFactory, Parser};
use std::process::ExitCode;

/// Runs what the process was started for.
pub fn main() -> ExitCode {
    // Roles come before the parser: they start often, and must start fast.
    if let Some(code) = role::run_if_named() {
        return code;
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error),
    };
    match command::run(&arguments) {
        Ok(kind) => ExitCode::from(kind.code()),
        Err(error) => output::error(&error, arguments.common.format),
    }
}

/// The whole command tree, for completions, man pages and the generated reference.
pub fn command() -> clap::Command {
    Arguments::command()
}
