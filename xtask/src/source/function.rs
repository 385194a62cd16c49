//! Functions and traits, with their sizes.

use super::{ident, inner, is_punct, line};
use proc_macro2::{Delimiter, TokenTree};

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub line: usize,
    /// From the line with `fn` to the line with the closing brace.
    pub lines: usize,
}

/// A trait.
#[derive(Debug, PartialEq, Eq)]
pub struct Trait {
    pub name: String,
    pub line: usize,
    pub methods: usize,
}

pub fn functions(tokens: &[TokenTree]) -> Vec<Function> {
    let mut found = Vec::new();
    each_item(tokens, "fn", &mut |name, line, body| {
        found.push(Function { name, line, lines: body.span().end().line + 1 - line });
    });
    found
}

pub fn traits(tokens: &[TokenTree]) -> Vec<Trait> {
    let mut found = Vec::new();
    each_item(tokens, "trait", &mut |name, line, body| {
        let methods = inner(body).unwrap_or_default();
        let named =
            |pair: &[TokenTree]| ident(pair.first()).as_deref() == Some("fn") && ident(pair.get(1)).is_some();
        let methods = methods.windows(2).filter(|pair| named(pair)).count();
        found.push(Trait { name, line, methods });
    });
    found
}

/// Calls for every `keyword name … { … }`, at every depth.
fn each_item(tokens: &[TokenTree], keyword: &str, found: &mut dyn FnMut(String, usize, &TokenTree)) {
    for (at, token) in tokens.iter().enumerate() {
        if let Some(within) = inner(token) {
            each_item(&within, keyword, found);
        }
        if ident(Some(token)).as_deref() != Some(keyword) {
            continue;
        }
        let (Some(name), Some(body)) = (ident(tokens.get(at + 1)), body(&tokens[at..])) else { continue };
        found(name, line(token), body);
    }
}

/// The first braces before the semicolon that ends a declaration without a body.
fn body(tokens: &[TokenTree]) -> Option<&TokenTree> {
    let end = tokens.iter().position(|token| {
        is_punct(Some(token), ';')
            || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
    })?;
    inner(&tokens[end]).map(|_| &tokens[end])
}

/// A test that is left out.
#[derive(Debug, PartialEq, Eq)]
pub struct Ignored {
    pub name: String,
    pub line: usize,
    pub why: String,
}

/// Every `#[ignore]` with its function.
pub fn ignored(tokens: &[TokenTree]) -> Vec<Ignored> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(within) = inner(token) else { continue };
        found.extend(ignored(&within));
        if !(at > 0
            && is_punct(tokens.get(at - 1), '#')
            && ident(within.first()).as_deref() == Some("ignore"))
        {
            continue;
        }
        let Some(function) =
            tokens[at..].iter().position(|token| ident(Some(token)).as_deref() == Some("fn"))
        else {
            continue;
        };
        let name = ident(tokens.get(at + function + 1)).unwrap_or_default();
        let why =
            within.get(2).map_or("no reason is given".into(), |why| why.to_string().trim_matches('"').into());
        found.push(Ignored { name, line: line(token), why });
    }
    found
}
