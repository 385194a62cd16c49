//! `.env` files, as the dotenv libraries read them: `NAME=value`, `export`, comments, quotes, values over several lines.
//!
//! The rules are those of dotenv for Node and python-dotenv where they agree. Nothing is substituted, nothing is run.

use model::Secret;

/// What stands in a file. What cannot be read is told and left out.
#[derive(Debug, Clone, Default)]
pub struct Dotenv {
    /// The variables in order; of two with one name the later counts.
    pub entries: Vec<Entry>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// One variable.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its value, unquoted. It may be a secret, so it is treated as one.
    pub value: Secret,
    /// The line where it begins, from 1.
    pub line: u32,
}

/// A line that could not be read. Never holds a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong with it.
    pub message: &'static str,
}

/// Reads a file.
pub fn read(text: &str) -> Dotenv {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut dotenv, mut line) = (Dotenv::default(), 1);
    while !rest.is_empty() {
        let before = rest;
        match assignment(&mut rest) {
            Ok(None) => {}
            Ok(Some((name, value))) => dotenv.entries.push(Entry { name, value: Secret::new(value), line }),
            Err(message) => {
                dotenv.problems.push(Problem { line, message });
                rest = after_line(before);
            }
        }
        let taken = &before[..before.len() - rest.len()];
        line += u32::try_from(taken.matches('\n').count()).unwrap_or(u32::MAX - line);
    }
    dotenv
}

/// One assignment from the beginning of `rest`, which then stands at the next line. `None` for a line that says nothing.
fn assignment(rest: &mut &str) -> Result<Option<(String, String)>, &'static str> {
    let head = rest.lines().next().unwrap_or("");
    let trimmed = head.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        *rest = after_line(rest);
        return Ok(None);
    }
    let (left, _) = head.split_once('=').ok_or("it is not of the form NAME=value")?;
    let name = left.trim();
    let name =
        name.strip_prefix("export").filter(|name| name.starts_with([' ', '\t'])).unwrap_or(name).trim();
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !name.starts_with(first)
        || !name.chars().all(|c| first(c) || c.is_ascii_digit() || c == '.' || c == '-')
    {
        return Err("before the = stands no name of a variable");
    }
    let value = rest[left.len() + 1..].trim_start_matches([' ', '\t']);
    let (value, after) = match value.chars().next() {
        Some(quote @ ('"' | '\'' | '`')) => quoted(&value[1..], quote).ok_or("its quote is not closed")?,
        _ => (plain(value.lines().next().unwrap_or("")).to_owned(), value),
    };
    *rest = after_line(after);
    Ok(Some((name.to_owned(), value)))
}

fn after_line(text: &str) -> &str {
    text.find('\n').map_or("", |at| &text[at + 1..])
}

/// Up to a comment, which begins with a `#` after a blank.
fn plain(line: &str) -> &str {
    let comment = |(at, _): &(usize, &str)| *at == 0 || line[..*at].ends_with([' ', '\t']);
    let end = line.match_indices('#').find(comment).map_or(line.len(), |(at, _)| at);
    line[..end].trim()
}

/// Up to the closing quote, and what comes after it. Only in double quotes does a backslash mean something.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            _ if c == quote => return Some((value, &text[at + c.len_utf8()..])),
            '\\' if quote == '"' => match characters.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                other @ ('"' | '\\' | '$') => value.push(other),
                other => value.extend(['\\', other]),
            },
            _ => value.push(c),
        }
    }
    None
}
