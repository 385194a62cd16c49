//! The words of an expression.

use super::{Comparison, Problem};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    Name(String),
    Compare(Comparison),
    Not,
    And,
    Or,
    Open,
    Close,
    OpenIndex,
    CloseIndex,
    Dot,
    Comma,
    Star,
}

/// Longer ones first.
const SIGNS: [(&str, Token); 16] = [
    ("==", Token::Compare(Comparison::Equal)),
    ("!=", Token::Compare(Comparison::Unequal)),
    ("<=", Token::Compare(Comparison::LessOrEqual)),
    (">=", Token::Compare(Comparison::GreaterOrEqual)),
    ("&&", Token::And),
    ("||", Token::Or),
    ("<", Token::Compare(Comparison::Less)),
    (">", Token::Compare(Comparison::Greater)),
    ("!", Token::Not),
    ("(", Token::Open),
    (")", Token::Close),
    ("[", Token::OpenIndex),
    ("]", Token::CloseIndex),
    (".", Token::Dot),
    (",", Token::Comma),
    ("*", Token::Star),
];

/// The words of a text, each with where it begins.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Problem> {
    let mut found: Vec<(usize, Token)> = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        // After a value a `.` takes a part of it, and does not begin a number.
        let begins_value = !found.last().is_some_and(|(_, last)| ends_value(last));
        let (token, length) = if c == '\'' {
            quoted(rest).ok_or_else(|| problem(at, "a text that begins here has no closing `'`"))?
        } else if c.is_ascii_digit() || (begins_value && matches!(c, '-' | '+' | '.')) {
            number(rest).ok_or_else(|| problem(at, format!("`{}` is no number", word(rest))))?
        } else if c.is_ascii_alphabetic() || c == '_' {
            (Token::Name(word(rest).to_owned()), word(rest).len())
        } else {
            let known = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
            let (sign, token) = known.ok_or_else(|| unknown(at, c))?;
            (token.clone(), sign.len())
        };
        found.push((at, token));
        at += length;
    }
    Ok(found)
}

fn unknown(at: usize, c: char) -> Problem {
    match c {
        '"' => problem(at, "`\"` begins no text: texts stand in `'`"),
        '=' => problem(at, "`=` compares nothing: it is `==`"),
        '&' | '|' => problem(at, format!("`{c}` joins nothing: it is `{c}{c}`")),
        _ => problem(at, format!("`{c}` means nothing in an expression")),
    }
}

pub(super) fn problem(offset: usize, message: impl Into<String>) -> Problem {
    Problem { offset, message: message.into() }
}

fn ends_value(token: &Token) -> bool {
    match token {
        Token::Name(_) | Token::Close | Token::CloseIndex | Token::Star | Token::Text(_) => true,
        Token::Number(_)
        | Token::Compare(_)
        | Token::Not
        | Token::And
        | Token::Or
        | Token::Open
        | Token::OpenIndex
        | Token::Dot
        | Token::Comma => false,
    }
}

/// Letters, digits, `_` and `-` from the beginning.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
    &text[..end.unwrap_or(text.len())]
}

/// A text in `'`, in which `''` is one, and how long it is with both.
fn quoted(text: &str) -> Option<(Token, usize)> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\'' && chars.next_if(|(_, next)| *next == '\'').is_none() {
            return Some((Token::Text(value), at + 1));
        }
        value.push(c);
    }
    None
}

fn number(text: &str) -> Option<(Token, usize)> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    let written = &text[..text.find(|c: char| !part(c)).unwrap_or(text.len())];
    let radix = |prefix, radix| u32::from_str_radix(written.strip_prefix(prefix)?, radix).ok();
    let whole = radix("0x", 16).or_else(|| radix("0o", 8)).map(f64::from);
    let value = whole.or_else(|| written.parse().ok())?;
    Some((Token::Number(value), written.len()))
}
