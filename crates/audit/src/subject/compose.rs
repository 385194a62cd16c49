//! Compose files.

use super::Document;
use artifact::yaml::read::{Key, Value};
use model::Place;

/// A Compose file.
#[derive(Debug)]
pub struct Compose {
    /// The file.
    pub document: Document,
}

/// A service of it.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// Its name in the file.
    pub key: &'a Key,
    /// What stands there.
    pub value: &'a Value,
}

/// Whether a file with this name (in lower case, without its ending) is a Compose file.
pub(super) fn is(stem: &str) -> bool {
    let first = stem.split('.').next().unwrap_or(stem);
    ["compose", "docker-compose"].iter().any(|word| first == *word || first.starts_with(&format!("{word}-")))
}

/// Whether a text may be a Compose file of another name.
pub(super) fn looks(text: &str) -> bool {
    text.lines().any(|line| line.trim_end() == "services:")
}

/// Whether a document has services that are containers.
pub(super) fn has_services(root: &Value) -> bool {
    let services = root.get("services").map_or(&[][..], Value::entries);
    services.iter().any(|(_, service)| service.get("image").is_some() || service.get("build").is_some())
}

impl Compose {
    pub(super) fn new(document: Document) -> Self {
        Self { document }
    }

    /// The place of a line.
    pub fn place(&self, line: u32) -> Place {
        self.document.place(line)
    }

    /// What stands in it.
    pub fn root(&self) -> &Value {
        &self.document.root
    }

    /// Its services, in order.
    pub fn services(&self) -> impl Iterator<Item = Service<'_>> {
        let services = self.root().get("services").map_or(&[][..], Value::entries);
        services.iter().map(|(key, value)| Service { key, value })
    }
}
