//! Leaves out what only tests see.

use super::{ident, inner, is_punct, line};
use proc_macro2::{Delimiter, Group, TokenTree};

/// The tokens without items under `#[cfg(test)]` or `#[test]`, and how many lines these items take.
pub fn of(tokens: &[TokenTree]) -> (Vec<TokenTree>, usize) {
    let (mut kept, mut test_lines) = (Vec::new(), 0);
    let mut at = 0;
    while at < tokens.len() {
        if marks_test(tokens, at) {
            let end = end_of_item(tokens, at);
            test_lines += tokens[end].span().end().line + 1 - line(&tokens[at]);
            at = end + 1;
            continue;
        }
        kept.push(match &tokens[at] {
            TokenTree::Group(group) => {
                let (within, lines) = of(&group.stream().into_iter().collect::<Vec<_>>());
                test_lines += lines;
                let mut rebuilt = Group::new(group.delimiter(), within.into_iter().collect());
                rebuilt.set_span(group.span());
                TokenTree::Group(rebuilt)
            }
            token @ (TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_)) => token.clone(),
        });
        at += 1;
    }
    (kept, test_lines)
}

/// `#[cfg(test)]`, `#[cfg(all(test, …))]`, `#[test]`; not `#[cfg(not(test))]`.
pub fn marks_test(tokens: &[TokenTree], at: usize) -> bool {
    if !is_punct(tokens.get(at), '#') {
        return false;
    }
    let Some(attribute) = tokens.get(at + 1).and_then(inner) else { return false };
    match ident(attribute.first()).as_deref() {
        Some("test") => attribute.len() == 1,
        Some("cfg") => attribute.get(1).and_then(inner).is_some_and(|condition| asks_for_test(&condition)),
        _ => false,
    }
}

fn asks_for_test(condition: &[TokenTree]) -> bool {
    condition.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Ident(word) => word == "test",
        TokenTree::Group(_) => {
            let negated = at > 0 && ident(condition.get(at - 1)).as_deref() == Some("not");
            !negated && inner(token).is_some_and(|within| asks_for_test(&within))
        }
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The last token of the item that starts at an attribute: its body, or its semicolon.
fn end_of_item(tokens: &[TokenTree], at: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    };
    let rest = tokens[at..].iter().position(ends);
    let end = rest.map_or(tokens.len() - 1, |found| at + found);
    // `use a::{b, c};` ends at its semicolon.
    if is_punct(tokens.get(end + 1), ';') { end + 1 } else { end }
}
