//! The repository as detectors see it: an index over the tree, with texts and parsed documents read once.

use crate::{jsonc, path};
use host::{Entry, Tree, TreeError};
use model::Place;
use model::facts::Note;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An index over a [`Tree`]. Shared between threads; every file is read and parsed at most once.
pub(crate) struct Repository<'a> {
    tree: &'a dyn Tree,
    paths: HashSet<&'a str>,
    by_folder: BTreeMap<&'a str, Vec<&'a Entry>>,
    by_name: HashMap<&'a str, Vec<&'a str>>,
    texts: Mutex<HashMap<String, Option<Arc<str>>>>,
    documents: Mutex<HashMap<String, Option<Arc<Value>>>>,
    notes: Mutex<Vec<Note>>,
}

impl<'a> Repository<'a> {
    /// Indexes the tree; reads nothing.
    pub(crate) fn new(tree: &'a dyn Tree) -> Self {
        let mut by_folder: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        let mut by_name: HashMap<&str, Vec<&str>> = HashMap::new();
        for entry in tree.entries() {
            by_folder.entry(path::parent(&entry.path)).or_default().push(entry);
            by_name.entry(path::file_name(&entry.path)).or_default().push(&entry.path);
        }
        let problems = tree.problems().iter().map(|problem| match problem {
            TreeError::Missing(path)
            | TreeError::TooLarge { path, .. }
            | TreeError::Unreadable { path, .. } => {
                Note { place: Place::new(path.clone(), 1), message: problem.to_string() }
            }
        });
        let problems = problems.collect();
        Self {
            tree,
            paths: tree.entries().iter().map(|entry| entry.path.as_str()).collect(),
            by_folder,
            by_name,
            texts: Mutex::default(),
            documents: Mutex::default(),
            notes: Mutex::new(problems),
        }
    }

    /// The name of the root folder.
    pub(crate) fn root_name(&self) -> &str {
        self.tree.name()
    }

    /// Whether there is a file at `path`.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// Whether there is any file in or below `folder`.
    pub(crate) fn has_folder(&self, folder: &str) -> bool {
        !self.under(folder).is_empty()
    }

    /// Every file in or below `folder`, sorted by path.
    pub(crate) fn under(&self, folder: &str) -> &'a [Entry] {
        let entries = self.tree.entries();
        if folder == "." {
            return entries;
        }
        let prefix = format!("{folder}/");
        let from = entries.partition_point(|entry| entry.path.as_str() < prefix.as_str());
        let count = entries[from..].partition_point(|entry| entry.path.starts_with(&prefix));
        &entries[from..from + count]
    }

    /// The files directly in `folder`.
    pub(crate) fn files_in(&self, folder: &str) -> &[&'a Entry] {
        self.by_folder.get(folder).map_or(&[], Vec::as_slice)
    }

    /// Every folder that directly holds files, sorted.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.by_folder.keys().copied()
    }

    /// The paths of every file with this name, sorted.
    pub(crate) fn named(&self, name: &str) -> &[&'a str] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The first of `names` that is a file in `folder`, as a path from the root.
    pub(crate) fn first_in(&self, folder: &str, names: &[&str]) -> Option<String> {
        names.iter().map(|name| path::join(folder, name)).find(|path| self.has(path))
    }

    /// The text of a file: without a byte order mark, with what is not UTF-8 replaced. `None` when it is missing,
    /// binary, too large or unreadable; all but the first leave a note. Also `None` for what we generated: it says what
    /// was detected before, and would confirm itself.
    pub(crate) fn text(&self, path: &str) -> Option<Arc<str>> {
        if let Some(text) = lock(&self.texts).get(path) {
            return text.clone();
        }
        let text = self.load(path);
        lock(&self.texts).entry(path.to_owned()).or_insert(text).clone()
    }

    fn load(&self, path: &str) -> Option<Arc<str>> {
        if !self.has(path) {
            return None;
        }
        let bytes = match self.tree.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.note(Place::new(path, 1), error.to_string());
                return None;
            }
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        if bytes.starts_with(b"\xff\xfe") {
            let units: Vec<u16> =
                bytes[2..].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            return Some(Arc::from(String::from_utf16_lossy(&units)));
        }
        if memchr::memchr(0, &bytes[..bytes.len().min(1024)]).is_some() {
            return None;
        }
        if memchr::memmem::find(&bytes[..bytes.len().min(1024)], model::GENERATED.as_bytes()).is_some() {
            return None;
        }
        // Nearly all texts are valid, and seeing that is several times faster than looking for what to replace.
        Some(std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes).into(), Arc::from))
    }

    /// The first 4 KiB of a file of any size, as text. For files whose head says enough, such as lock files.
    pub(crate) fn head(&self, path: &str) -> Option<String> {
        let bytes = self.tree.read_head(path, 4096).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A JSON file, comments and trailing commas allowed. A broken one is `None` and leaves a note.
    pub(crate) fn json(&self, path: &str) -> Option<Arc<Value>> {
        self.document(path, |text| jsonc::parse(text).map_err(|error| (error.line(), "JSON")))
    }

    /// A TOML file as a JSON value. A broken one is `None` and leaves a note.
    pub(crate) fn toml(&self, path: &str) -> Option<Arc<Value>> {
        self.document(path, |text| {
            toml::from_str(text).map_err(|error| {
                let offset = error.span().map_or(0, |span| span.start);
                (Place::line_of(text.as_bytes(), offset) as usize, "TOML")
            })
        })
    }

    /// The first document of a YAML file as a JSON value. A broken one is `None` and leaves a note.
    pub(crate) fn yaml(&self, path: &str) -> Option<Arc<Value>> {
        self.document(path, |text| serde_saphyr::from_str(text).map_err(|_| (1, "YAML")))
    }

    fn document(
        &self,
        path: &str,
        parse: impl FnOnce(&str) -> Result<Value, (usize, &'static str)>,
    ) -> Option<Arc<Value>> {
        if let Some(document) = lock(&self.documents).get(path) {
            return document.clone();
        }
        let document = self.text(path).and_then(|text| match parse(&text) {
            Ok(value) => Some(Arc::new(value)),
            Err((line, format)) => {
                let line = u32::try_from(line).unwrap_or(1).max(1);
                self.note(Place::new(path, line), format!("is not valid {format} and was left out"));
                None
            }
        });
        lock(&self.documents).entry(path.to_owned()).or_insert(document).clone()
    }

    /// The place of the first occurrence of `needle` in a file, line 1 when it is not there.
    pub(crate) fn place_of(&self, path: &str, needle: &str) -> Place {
        let line = self.text(path).map_or(1, |text| {
            memchr::memmem::find(text.as_bytes(), needle.as_bytes())
                .map_or(1, |offset| Place::line_of(text.as_bytes(), offset))
        });
        Place::new(path, line)
    }

    /// Adds a note for people.
    pub(crate) fn note(&self, place: Place, message: impl Into<String>) {
        lock(&self.notes).push(Note { place, message: message.into() });
    }

    /// What was noted so far.
    pub(crate) fn notes(&self) -> Vec<Note> {
        lock(&self.notes).clone()
    }
}

/// A poisoned lock still holds a usable cache: every value in it was complete when it was put in.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
