//! `package.json` files.

use super::manager::Installation;
use crate::path;
use crate::repository::Repository;
use model::Place;
use serde_json::Value;
use std::sync::{Arc, OnceLock};

/// One `package.json`.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// Its folder.
    pub folder: String,
    /// The file itself.
    pub path: String,
    manifest: Arc<Value>,
    installation: OnceLock<Installation>,
}

/// Folders whose packages are there for tests, as examples or as templates: never deployed from here.
const NOT_DEPLOYED: &[&str] = &[
    "__fixtures__",
    "__mocks__",
    "__tests__",
    "cypress",
    "e2e",
    "e2e-tests",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "playground",
    "sample",
    "samples",
    "template",
    "templates",
    "test",
    "tests",
    "node_modules",
    "vendor",
    ".storybook",
    ".github",
];

/// Whether a part of the path says that what is in it is not deployed.
pub(crate) fn is_set_aside(folder: &str) -> bool {
    folder.split('/').any(|part| NOT_DEPLOYED.contains(&part))
}

impl Package {
    /// Every `package.json` that may matter, sorted by folder.
    pub(crate) fn all(repository: &Repository<'_>) -> Vec<Self> {
        let mut packages: Vec<Self> = repository
            .named("package.json")
            .iter()
            .filter(|path| !is_set_aside(path::parent(path)))
            .filter_map(|path| {
                let manifest = repository.json(path)?;
                manifest.is_object().then(|| Self {
                    folder: path::parent(path).to_owned(),
                    path: (*path).to_owned(),
                    manifest,
                    installation: OnceLock::new(),
                })
            })
            .collect();
        packages.sort_by(|a, b| a.folder.cmp(&b.folder));
        packages
    }

    /// How it is installed; `find` tells when it is asked for the first time.
    pub(crate) fn installation(&self, find: impl FnOnce() -> Installation) -> &Installation {
        self.installation.get_or_init(find)
    }

    /// Anything in the manifest, by JSON pointer, but without its escapes and without places in lists.
    pub(crate) fn get(&self, pointer: &str) -> Option<&Value> {
        pointer.split('/').skip(1).try_fold(&*self.manifest, |value, key| value.get(key))
    }

    /// A text in the manifest, by JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        self.get(pointer)?.as_str()
    }

    /// The package's name.
    pub(crate) fn name(&self) -> Option<&str> {
        self.text("/name")
    }

    /// A script by name.
    pub(crate) fn script(&self, name: &str) -> Option<&str> {
        self.get("/scripts")?.get(name)?.as_str()
    }

    /// Every script, in the file's order.
    pub(crate) fn scripts(&self) -> impl Iterator<Item = (&str, &str)> {
        let scripts = self.get("/scripts").and_then(Value::as_object);
        scripts.into_iter().flatten().filter_map(|(name, text)| Some((name.as_str(), text.as_str()?)))
    }

    /// The range under which a package is depended upon, in any section that installs it.
    pub(crate) fn dependency(&self, name: &str) -> Option<&str> {
        ["dependencies", "devDependencies", "optionalDependencies"]
            .into_iter()
            .find_map(|section| self.manifest.get(section)?.get(name)?.as_str())
    }

    /// The lowest major version of a package that its range allows; `None` where the range names no number.
    pub(crate) fn major(&self, name: &str) -> Option<u32> {
        let range = self.dependency(name)?;
        let number = range.trim_start_matches(['^', '~', '>', '<', '=', 'v', ' ']);
        number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }

    /// Whether it depends on a package, for running or for building.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.dependency(name).is_some()
    }

    /// Whether it depends on a package for running.
    pub(crate) fn has_at_run(&self, name: &str) -> bool {
        ["dependencies", "optionalDependencies"]
            .into_iter()
            .any(|section| self.manifest.get(section).is_some_and(|deps| deps.get(name).is_some()))
    }

    /// Everything it depends on, with the section's name.
    pub(crate) fn dependencies(&self) -> impl Iterator<Item = (&str, &str)> {
        ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"].into_iter().flat_map(
            |section| {
                let deps = self.manifest.get(section).and_then(Value::as_object);
                deps.into_iter()
                    .flatten()
                    .filter_map(move |(name, range)| Some((name.as_str(), range.as_str()?)))
            },
        )
    }

    /// Whether `.js` files in it are ES modules.
    pub(crate) fn is_module(&self) -> bool {
        self.text("/type") == Some("module")
    }

    /// The place of the first occurrence of `"needle"`.
    pub(crate) fn place_of(&self, repository: &Repository<'_>, needle: &str) -> Place {
        repository.place_of(&self.path, &format!("\"{needle}\""))
    }

    /// The place of a script.
    pub(crate) fn place_of_script(&self, repository: &Repository<'_>, name: &str) -> Place {
        let Some(text) = repository.text(&self.path) else { return Place::new(self.path.clone(), 1) };
        let start = text.find("\"scripts\"").unwrap_or(0);
        let key = format!("\"{name}\"");
        let at = text[start..]
            .match_indices(&key)
            .find(|(at, _)| text[start + at + key.len()..].trim_start().starts_with(':'))
            .map_or(start, |(at, _)| start + at);
        Place::new(self.path.clone(), Place::line_of(text.as_bytes(), at))
    }

    /// `path`, written relative to this package, from the root.
    pub(crate) fn at(&self, path: &str) -> String {
        path::join(&self.folder, path)
    }
}
