//! When a text has to be quoted, and how.

use std::fmt::Write;

/// Words that a reader of YAML 1.1 or 1.2 takes for something else than a text.
const WORDS: [&str; 12] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", ".nan", ".inf"];

/// A text as a value: plain where every reader takes it for that text, else in double quotes.
pub(super) fn value(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// A text as a key. `on` is a key of every workflow and is never quoted there.
pub(super) fn key(text: &str) -> String {
    if text == "on" { text.to_owned() } else { value(text) }
}

/// A text inside `[...]`: also quoted when it holds what separates entries there.
pub(super) fn in_flow(text: &str) -> String {
    // Commands are written in flow style; quoting every word of one is what people are used to.
    quoted(text)
}

fn is_plain(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some(first) = text.chars().next() else { return false };
    let last_is_colon = text.ends_with(':');
    !WORDS.contains(&lower.as_str())
        && !looks_like_a_number(text)
        && !"-?:,[]{}#&*!|>'\"%@`= \t".contains(first)
        && !text.ends_with(char::is_whitespace)
        && !last_is_colon
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.chars().any(char::is_control)
        && !is_sexagesimal(text)
}

/// Anything that begins like a number is quoted unless it clearly goes on as a text: versions, dates, octal, hexadecimal.
fn looks_like_a_number(text: &str) -> bool {
    let rest = text.trim_start_matches(['+', '.', '-']);
    rest.starts_with(|c: char| c.is_ascii_digit())
        && rest.chars().all(|c| c.is_ascii_hexdigit() || "_.xoXO+-:".contains(c))
}

/// `22:22` is 1342 to a reader of YAML 1.1.
fn is_sexagesimal(text: &str) -> bool {
    text.contains(':') && text.chars().all(|c| c.is_ascii_digit() || c == ':')
}

pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                // Writing to a String cannot fail.
                let _infallible = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
