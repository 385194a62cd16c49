//! The paths, macros and methods that code mentions.

use super::{ident, inner, is_punct, line};
use proc_macro2::TokenTree;
use std::collections::HashMap;

/// What was mentioned, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub kind: MentionKind,
    pub line: usize,
}

/// A mention of something by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MentionKind {
    /// `std::fs::read`, from an import or from a place in code, with imports resolved; a glob ends in `*`.
    Path(String),
    /// `println!`
    Macro(String),
    /// `.exists()`
    Method(String),
}

/// Everything mentioned, in order.
pub fn mentions(tokens: &[TokenTree]) -> Vec<Mention> {
    let mut reader = Reader::default();
    reader.imports(tokens);
    reader.read(tokens);
    reader.mentions
}

#[derive(Default)]
struct Reader {
    /// From a name in this file to what it stands for. Scopes are not told apart: a file that gives one name two
    /// meanings is rare, and a mistake here is a finding that a person sees.
    names: HashMap<String, String>,
    mentions: Vec<Mention>,
}

impl Reader {
    fn imports(&mut self, tokens: &[TokenTree]) {
        let mut at = 0;
        while at < tokens.len() {
            if ident(tokens.get(at)).as_deref() == Some("use") {
                at = self.tree(tokens, at + 1, "");
            } else if let Some(within) = inner(&tokens[at]) {
                self.imports(&within);
            }
            at += 1;
        }
    }

    /// Reads one tree of an import and returns where it ends.
    fn tree(&mut self, tokens: &[TokenTree], mut at: usize, prefix: &str) -> usize {
        let mut path = prefix.to_owned();
        let mut last = prefix.rsplit("::").next().unwrap_or_default().to_owned();
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    last = ident(tokens.get(at + 1)).unwrap_or_default();
                    at += 1;
                }
                TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
                TokenTree::Ident(word) => {
                    last = word.to_string();
                    path = join(&path, &last);
                }
                TokenTree::Punct(punct) if punct.as_char() == '*' => {
                    path = join(&path, "*");
                    last = "*".into();
                }
                TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => break,
                TokenTree::Group(_) => {
                    let within = inner(token).unwrap_or_default();
                    let mut start = 0;
                    while start < within.len() {
                        start = self.tree(&within, start, &path) + 1;
                    }
                    return at + 1;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            at += 1;
        }
        if let Some(token) = tokens.get(at.min(tokens.len()).wrapping_sub(1)) {
            self.mentions.push(Mention { kind: MentionKind::Path(path.clone()), line: line(token) });
        }
        self.names.insert(last, path);
        at
    }

    fn read(&mut self, tokens: &[TokenTree]) {
        let mut at = 0;
        while at < tokens.len() {
            if let Some(within) = inner(&tokens[at]) {
                self.read(&within);
            }
            if ident(tokens.get(at)).as_deref() == Some("use") {
                while at < tokens.len() && !is_punct(tokens.get(at), ';') {
                    at += 1;
                }
            } else if let Some(first) = ident(tokens.get(at)) {
                at = self.path(tokens, at, first);
            }
            at += 1;
        }
    }

    /// Reads what starts with a name and returns its last token.
    fn path(&mut self, tokens: &[TokenTree], start: usize, first: String) -> usize {
        let line = line(&tokens[start]);
        let after_dot = start > 0 && is_punct(tokens.get(start - 1), '.');
        if after_dot && tokens.get(start + 1).and_then(inner).is_some_and(|arguments| arguments.is_empty()) {
            self.mentions.push(Mention { kind: MentionKind::Method(first), line });
            return start;
        }
        if is_punct(tokens.get(start + 1), '!') && !is_punct(tokens.get(start + 2), '=') {
            self.mentions.push(Mention { kind: MentionKind::Macro(first), line });
            return start;
        }
        let mut at = start;
        let mut path = if after_dot { first } else { self.names.get(&first).cloned().unwrap_or(first) };
        while is_punct(tokens.get(at + 1), ':') && is_punct(tokens.get(at + 2), ':') {
            let Some(next) = ident(tokens.get(at + 3)) else { break };
            path = join(&path, &next);
            at += 3;
        }
        if path.contains("::") {
            self.mentions.push(Mention { kind: MentionKind::Path(path), line });
        }
        at
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}::{name}") }
}
