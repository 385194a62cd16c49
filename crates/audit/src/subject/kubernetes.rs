//! Kubernetes objects.

pub mod kustomize;
pub mod pods;
pub mod references;
pub mod selector;

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
    /// Objects of a kind. What only changes an object of another file is none.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Document> {
        let patches = self.patches();
        self.all.iter().filter(move |document| document.kind() == kind && !patches.contains(&document.path))
    }

    /// Objects of a kind that another object could mean by a name.
    pub fn named<'a>(
        &'a self,
        kind: &'a str,
        name: &'a str,
        from: &'a Document,
    ) -> impl Iterator<Item = &'a Document> {
        self.of(kind).filter(move |document| document.name() == name && document.may_be_beside(from))
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

    /// What is said of an object.
    pub fn spec(&self, keys: &[&str]) -> Option<&Value> {
        self.root.get("spec")?.at(keys)
    }

    fn namespace(&self) -> Option<&str> {
        self.root.at(&["metadata", "namespace"]).and_then(Value::text)
    }

    /// Whether two objects may be in one namespace. Which one it is may be said when they are applied.
    pub fn may_be_beside(&self, other: &Self) -> bool {
        match (self.namespace(), other.namespace()) {
            (Some(one), Some(another)) => one == another,
            (None, _) | (_, None) => true,
        }
    }

    /// How a person names an object.
    pub fn title(&self) -> String {
        format!("{} `{}`", self.kind(), self.name())
    }
}
