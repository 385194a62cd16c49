//! Compose files.

mod connection;
mod merge;
mod mount;
mod port;
mod service;
mod source;
mod stack;
mod store;

use super::Document;
use artifact::yaml::read::{Key, Value};
use model::{Place, path};

pub use connection::Connection;
pub(crate) use connection::is_known;
pub use mount::Mount;
pub use port::Port;
pub use service::Variable;
pub use stack::Stack;
pub(super) use stack::all as stacks;
pub use store::Store;

/// A Compose file.
#[derive(Debug)]
pub struct Compose {
    /// The file.
    pub document: Document,
    /// The files that it says to be used with, in order and itself last, by their names.
    pub chain: Vec<String>,
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
    pub(super) fn new(document: Document, text: &str) -> Self {
        let name = path::file_name(&document.path);
        let chain = text.lines().find_map(|line| chain(line, name)).unwrap_or_default();
        Self { document, chain }
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

/// The files that a line names up to this one: `COMPOSE_FILE=a.yml:b.yml` or `-f a.yml -f b.yml`.
fn chain(line: &str, last: &str) -> Option<Vec<String>> {
    let names: Vec<&str> = match line.split_once("COMPOSE_FILE=") {
        Some((_, list)) => list.split_whitespace().next()?.split(':').collect(),
        None => {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.windows(2).filter(|pair| matches!(pair[0], "-f" | "--file")).map(|pair| pair[1]).collect()
        }
    };
    let clean = |name: &&str| path::file_name(name.trim_matches(['`', '"', '\'', ',', '.', ';'])).to_owned();
    let names: Vec<String> = names.iter().map(clean).collect();
    let end = names.iter().position(|name| name == last)?;
    (end > 0).then(|| names[..=end].to_vec())
}
