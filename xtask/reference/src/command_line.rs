//! Every command with its arguments and examples.

use clap::{Arg, Command};
use std::fmt::Write;

pub fn page() -> String {
    let mut root = cli::command();
    root.build();
    let mut text = format!("{}# Command line\n\n", super::HEAD);
    section(&mut text, &root, 2);
    text
}

fn section(text: &mut String, command: &Command, depth: usize) {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let _ = writeln!(text, "{} `{name}`\n", "#".repeat(depth));
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        let _ = writeln!(text, "{}\n", sentence(&about.to_string()));
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim().strip_prefix("Usage:").unwrap_or(&usage).trim().to_owned();
    let _ = writeln!(text, "```text\n{usage}\n```\n");
    arguments(text, command, depth == 2);
    if let Some(after) = command.get_after_long_help().or(command.get_after_help()) {
        let _ = writeln!(text, "```text\n{}\n```\n", after.to_string().trim());
    }
    let shown = |command: &&Command| !command.is_hide_set() && command.get_name() != "help";
    for inner in command.get_subcommands().filter(shown) {
        section(text, inner, (depth + 1).min(4));
    }
}

/// What every command takes is said once, at the root.
fn arguments(text: &mut String, command: &Command, is_root: bool) {
    let own = |arg: &&Arg| {
        let builtin = matches!(arg.get_id().as_str(), "help" | "version");
        !arg.is_hide_set() && !builtin && (is_root || !arg.is_global_set())
    };
    let own: Vec<&Arg> = command.get_arguments().filter(own).collect();
    if own.is_empty() {
        return;
    }
    text.push_str("| argument | meaning |\n| --- | --- |\n");
    for arg in own {
        let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
        let _ =
            writeln!(text, "| {} | {} |", spelled(arg), sentence(&help.replace('\n', " ")) + &values(arg));
    }
    text.push('\n');
}

/// `-n`, `--lines <LINES>` or `<SERVICE>`.
fn spelled(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default().join(" ");
    let value = if arg.get_action().takes_values() { format!(" <{names}>") } else { String::new() };
    match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("`-{short}`, `--{long}{value}`"),
        (None, Some(long)) => format!("`--{long}{value}`"),
        (Some(short), None) => format!("`-{short}{value}`"),
        (None, None) => format!("`{}`", value.trim()),
    }
}

fn values(arg: &Arg) -> String {
    let mut text = String::new();
    let values: Vec<String> =
        arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if !values.is_empty() && arg.get_action().takes_values() {
        let _ = write!(text, " One of {}.", values.join(", "));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() && arg.get_action().takes_values() {
        let _ = write!(text, " Default: `{}`.", defaults.join(" "));
    }
    text
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}
