//! A Rust source file as a tree of tokens, production code apart from test code.

mod function;
mod module;
mod path;
mod production;

use proc_macro2::{TokenStream, TokenTree};
use std::path::{Path, PathBuf};

pub use function::{Function, Ignored, Trait};
pub use module::walk;
pub use path::{Mention, MentionKind};

/// One file.
#[derive(Debug)]
pub struct Source {
    /// From the root of the workspace.
    pub path: PathBuf,
    /// All of it is test code: an integration test, or a module under `#[cfg(test)]`.
    pub is_test: bool,
    /// Number of lines.
    pub lines: usize,
    /// Lines of items under `#[cfg(test)]` and `#[test]`.
    pub test_lines: usize,
    /// Everything.
    all: Vec<TokenTree>,
    /// What is left without test items.
    production: Vec<TokenTree>,
}

impl Source {
    /// Reads a source's text.
    ///
    /// # Errors
    /// When it is no Rust; with the line.
    pub fn parse(path: &Path, text: &str, is_test: bool) -> Result<Self, (usize, String)> {
        let stream: TokenStream = text
            .parse()
            .map_err(|error: proc_macro2::LexError| (error.span().start().line, error.to_string()))?;
        let all: Vec<TokenTree> = stream.into_iter().collect();
        let (production, test_lines) = if is_test { (Vec::new(), 0) } else { production::of(&all) };
        Ok(Self { path: path.to_owned(), is_test, lines: text.lines().count(), test_lines, all, production })
    }

    /// Every path and macro that production code mentions, with imports resolved.
    pub fn mentions(&self) -> Vec<Mention> {
        path::mentions(&self.production)
    }

    /// Every function with a body, test code included.
    pub fn functions(&self) -> Vec<Function> {
        function::functions(&self.all)
    }

    /// Every trait.
    pub fn traits(&self) -> Vec<Trait> {
        function::traits(&self.all)
    }

    /// Every test that is left out.
    pub fn ignored(&self) -> Vec<Ignored> {
        function::ignored(&self.all)
    }

    /// Lines that are no tests.
    pub fn production_lines(&self) -> usize {
        if self.is_test { 0 } else { self.lines - self.test_lines.min(self.lines) }
    }
}

/// The identifier a token is, or nothing.
fn ident(token: Option<&TokenTree>) -> Option<String> {
    match token? {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

/// The tokens within a token, when it is a group.
fn inner(token: &TokenTree) -> Option<Vec<TokenTree>> {
    match token {
        TokenTree::Group(group) => Some(group.stream().into_iter().collect()),
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    }
}

fn line(token: &TokenTree) -> usize {
    token.span().start().line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_are_left_out_are_found_with_their_reason() {
        let text = "#[test]\nfn runs() {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    #[ignore = \"needs a disk\"]\n    \
                    fn left() {}\n    #[ignore]\n    #[test]\n    fn silent() {}\n}";
        let source = Source::parse(Path::new("a.rs"), text, false).expect("Rust");
        let found = source.ignored();
        let found: Vec<_> =
            found.iter().map(|test| (test.line, test.name.as_str(), test.why.as_str())).collect();
        assert_eq!(found, [(6, "left", "needs a disk"), (8, "silent", "no reason is given")]);
        assert_eq!((source.lines, source.test_lines, source.production_lines()), (11, 11, 0));
    }
}
