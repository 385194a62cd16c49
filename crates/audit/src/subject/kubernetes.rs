//! Kubernetes objects.

use super::Document;
use artifact::yaml::read::Value;

/// All objects of a repository: a name in one file is looked up in all.
#[derive(Debug, Default)]
pub struct Objects {
    /// A document an object.
    pub all: Vec<Document>,
}

/// Whether a text may hold objects. Templates of Helm are none before they are filled in.
pub(super) fn looks(text: &str) -> bool {
    !text.contains("{{") && text.lines().any(|line| line.starts_with("apiVersion:"))
}

/// Whether a document is an object.
pub(super) fn is(root: &Value) -> bool {
    root.get("apiVersion").is_some() && root.get("kind").is_some()
}

impl Objects {
    /// Objects of a kind.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Document> {
        self.all.iter().filter(move |document| document.kind() == kind)
    }
}

impl Document {
    /// The kind of an object.
    pub fn kind(&self) -> &str {
        self.root.get("kind").and_then(Value::text).unwrap_or_default()
    }

    /// The name of an object.
    pub fn name(&self) -> &str {
        self.root.at(&["metadata", "name"]).and_then(Value::text).unwrap_or_default()
    }
}
