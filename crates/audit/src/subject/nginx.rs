//! Configuration of nginx.

use artifact::nginx::read::Directive;
use model::{Place, path};

/// A file of nginx.
#[derive(Debug)]
pub struct Nginx {
    /// The file.
    pub path: String,
    /// What stands in it.
    pub directives: Vec<Directive>,
}

/// Whether a file may be nginx configuration, by its path.
pub(super) fn is(at: &str) -> bool {
    let name = path::file_name(at);
    let name = name.strip_suffix(".template").unwrap_or(name);
    name.ends_with(".conf")
}

/// Whether directives are of a server, and not of another program that has `.conf` files.
pub(super) fn serves(directives: &[Directive]) -> bool {
    let blocks = directives.iter().filter(|directive| directive.block.is_some());
    blocks.into_iter().any(|directive| {
        matches!(
            directive.name.as_str(),
            "http" | "server" | "upstream" | "location" | "stream" | "map" | "geo"
        )
    })
}

impl Nginx {
    /// The place of a directive.
    pub fn place(&self, directive: &Directive) -> Place {
        Place::new(&self.path, directive.line)
    }

    /// Every directive, with those around it, the outermost first.
    pub fn each<'a>(&'a self, mut visit: impl FnMut(&[&'a Directive], &'a Directive)) {
        let mut around = Vec::new();
        for directive in &self.directives {
            directive.descend(&mut around, &mut visit);
        }
    }
}
