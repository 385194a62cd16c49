//! `.env` files that are about to be committed, because nothing ignores them.

use artifact::dotenv::{self, Entry};

/// A `.env` file.
#[derive(Debug)]
pub struct Dotenv {
    /// The file.
    pub path: String,
    /// Its variables. Their values are never shown.
    pub entries: Vec<Entry>,
}

/// Whether a file of this name (in lower case) holds settings, and not an example of them.
pub(super) fn is(name: &str) -> bool {
    const EXAMPLES: [&str; 8] = ["example", "sample", "template", "dist", "defaults", "test", "tpl", "ci"];
    let Some(rest) = name.strip_prefix(".env") else { return false };
    (rest.is_empty() || rest.starts_with('.'))
        && !rest.split(['.', '-', '_']).any(|word| EXAMPLES.contains(&word))
}

impl Dotenv {
    pub(super) fn read(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), entries: dotenv::read(text).entries }
    }
}
