//! Fastify's autoload: every file of a folder is a plugin, and the folders below it are prefixes.

use super::place;
use super::source::{Call, Module, Value};
use crate::path;
use crate::repository::Repository;
use std::collections::BTreeMap;

/// A file that is loaded as a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plugin {
    /// The file, from the root.
    pub file: String,
    /// What its folder is mounted under.
    pub prefix: String,
}

/// What a call loads; nothing unless it registers autoload with a folder that can be told.
pub(crate) fn of(
    repository: &Repository<'_>,
    module: &Module,
    call: &Call,
    is_source: impl Fn(&str) -> bool,
) -> Vec<Plugin> {
    let ("register", [plugin, options, ..]) = (call.method(), call.arguments.as_slice()) else {
        return Vec::new();
    };
    let source = match plugin {
        Value::Name(name) => module.imports.get(name).map(|import| import.source.as_str()),
        Value::Module(source) => Some(source.as_str()),
        _ => None,
    };
    if !matches!(source, Some("@fastify/autoload" | "fastify-autoload")) {
        return Vec::new();
    }
    let here = path::parent(&module.path);
    let Some(folder) = options.property("dir").and_then(|dir| place::of(module, dir, here)) else {
        return Vec::new();
    };
    let stated = options.property("options").and_then(|options| options.property("prefix")?.as_text());
    let by_folder = options.property("dirNameRoutePrefix") != Some(&Value::Boolean(false));
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for entry in repository.under(&folder).iter().filter(|entry| is_source(&entry.path)) {
        files.entry(path::parent(&entry.path)).or_default().push(&entry.path);
    }
    let mut found = Vec::new();
    for (at, mut files) in files {
        // Where there is an index, it alone is loaded of its folder.
        if files.iter().any(|file| is_index(file)) {
            files.retain(|file| is_index(file));
        }
        let below = path::relative(at, &folder).filter(|_| by_folder && at != folder).unwrap_or_default();
        let prefix = format!("{}/{below}", stated.unwrap_or_default());
        found.extend(files.into_iter().map(|file| Plugin { file: file.to_owned(), prefix: prefix.clone() }));
    }
    found
}

fn is_index(file: &str) -> bool {
    path::file_name(file).starts_with("index.")
}
