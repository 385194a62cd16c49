//! Repositories in memory. A fixture file holds one: each file after a line `=== path`.

use host::tree::MemoryTree;
use model::facts::{EnvFact, Facts, ServiceFact};

/// Scans the repository that a fixture file holds.
pub(crate) fn scan(text: &str) -> Facts {
    let mut files: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("=== "), files.last_mut()) {
            (Some(path), _) => files.push((path.trim(), String::new())),
            (None, Some((_, content))) => {
                content.push_str(line);
                content.push('\n');
            }
            (None, None) => panic!("a fixture starts with `=== path`"),
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, content)| (*path, content.as_str())).collect();
    of_files("repository", &files)
}

/// Scans files.
pub(crate) fn of_files(name: &str, files: &[(&str, &str)]) -> Facts {
    detect::scan(&MemoryTree::new(name, files.iter().copied()))
}

/// The service of a name.
pub(crate) fn service<'f>(facts: &'f Facts, name: &str) -> &'f ServiceFact {
    let names: Vec<&str> = facts.services.iter().map(|service| service.name.as_str()).collect();
    facts
        .services
        .iter()
        .find(|service| service.name == name)
        .unwrap_or_else(|| panic!("no {name} among {names:?}"))
}

/// A variable of a service.
pub(crate) fn env<'f>(service: &'f ServiceFact, name: &str) -> &'f EnvFact {
    service
        .env
        .iter()
        .find(|fact| fact.name == name)
        .unwrap_or_else(|| panic!("{} does not read {name}", service.name))
}

/// The start command, empty without one.
pub(crate) fn start_of(service: &ServiceFact) -> &str {
    service.start.as_deref().unwrap_or_default()
}
