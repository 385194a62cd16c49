//! From the root of a target to every file that belongs to it, and whether it is test code.

use super::production::marks_test;
use super::{Source, ident, inner, is_punct};
use crate::finding::Finding;
use proc_macro2::TokenTree;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What was found from one root on.
#[derive(Debug, Default)]
pub struct Walk {
    pub sources: Vec<Source>,
    pub findings: Vec<Finding>,
}

/// Reads a target: its root file and the modules it declares, and those they declare.
pub fn walk(workspace: &Path, root: &Path, is_test: bool) -> Walk {
    let mut walk = Walk::default();
    let mut seen = BTreeSet::new();
    let mut open = vec![Module { path: root.to_owned(), is_test, is_root: true }];
    while let Some(module) = open.pop() {
        let name = module.path.strip_prefix(workspace).unwrap_or(&module.path).to_owned();
        let fail = |line, why| Finding::error(name.clone(), line, why, "");
        if !seen.insert(module.path.clone()) {
            continue;
        }
        let text = match fs::read_to_string(&module.path) {
            Ok(text) => text,
            Err(error) => {
                walk.findings.push(fail(1, format!("cannot be read: {error}")));
                continue;
            }
        };
        match Source::parse(&name, &text, module.is_test) {
            Ok(source) => {
                declared(&source.all, &module, &mut open);
                walk.sources.push(source);
            }
            Err((line, why)) => walk.findings.push(fail(line, format!("is no Rust: {why}"))),
        }
    }
    walk
}

struct Module {
    path: PathBuf,
    is_test: bool,
    /// The root of a target keeps its modules beside itself, any other file in a folder of its name.
    is_root: bool,
}

impl Module {
    fn folder(&self) -> PathBuf {
        let beside = self.path.parent().unwrap_or(Path::new(""));
        if self.is_root { beside.to_owned() } else { self.path.with_extension("") }
    }
}

/// Adds the modules that are declared with a semicolon. Attributes before a declaration are remembered until it ends.
fn declared(tokens: &[TokenTree], module: &Module, open: &mut Vec<Module>) {
    let (mut is_test, mut at_path) = (module.is_test, None);
    for (at, token) in tokens.iter().enumerate() {
        if marks_test(tokens, at) {
            is_test = true;
        }
        if is_punct(Some(token), '#') {
            at_path = at_path.or_else(|| given_path(tokens.get(at + 1)?));
        }
        if ident(Some(token)).as_deref() == Some("mod") && is_punct(tokens.get(at + 2), ';') {
            let Some(name) = ident(tokens.get(at + 1)) else { continue };
            let path = match at_path.take() {
                Some(given) => module.path.with_file_name(given),
                None => module.folder().join(format!("{name}.rs")),
            };
            open.push(Module { path, is_test, is_root: false });
        }
        let ends_item = is_punct(Some(token), ';')
            || matches!(token, TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Brace);
        if ends_item {
            (is_test, at_path) = (module.is_test, None);
        }
    }
}

/// The file of `#[path = "…"]`.
fn given_path(attribute: &TokenTree) -> Option<String> {
    let words = inner(attribute)?;
    let is_path = ident(words.first()).as_deref() == Some("path") && is_punct(words.get(1), '=');
    match words.get(2) {
        Some(TokenTree::Literal(text)) if is_path => Some(text.to_string().trim_matches('"').to_owned()),
        _ => None,
    }
}
