//! `package.json` files.

use artifact::yaml::read as yaml;
use model::path;

/// Its name.
pub(super) const FILE: &str = "package.json";

/// A `package.json`.
#[derive(Debug)]
pub struct Package {
    /// The folder that it stands in.
    pub folder: String,
    /// The names of its scripts.
    pub scripts: Vec<String>,
}

impl Package {
    /// Reads one; JSON is YAML, but for tabs in front of a line. Nothing of what is no package.
    pub(super) fn read(at: &str, text: &str) -> Option<Self> {
        let documents = yaml::documents(&text.replace('\t', " ")).ok()?;
        let scripts = documents.first()?.get("scripts").map_or(&[][..], yaml::Value::entries);
        let scripts = scripts.iter().map(|(key, _)| key.text.clone()).collect();
        Some(Self { folder: path::parent(at).to_owned(), scripts })
    }
}
