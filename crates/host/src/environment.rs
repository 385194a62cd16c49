//! The only place that reads environment variables and where this process came from.

use model::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The environment of a process: names with values that must not be seen.
pub type Variables = BTreeMap<String, Secret>;

/// A variable, unless it is absent, empty or not UTF-8.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Those of `names` that are set, to hand on to a child.
pub fn inherit(names: &[&str]) -> Variables {
    names.iter().filter_map(|name| Some(((*name).to_owned(), Secret::new(variable(name)?)))).collect()
}

/// Where programs are looked for; the usual folders when nothing is set.
pub fn search_path() -> String {
    variable("PATH").unwrap_or_else(|| "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into())
}

/// The folder that the command was given in, when it still exists.
pub fn current_directory() -> Option<PathBuf> {
    std::env::current_dir().ok()
}

/// Our own binary. After an upgrade the kernel marks the old file as deleted; the path is then that of the new one.
pub fn own_binary() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?;
    match path.to_str().and_then(|text| text.strip_suffix(" (deleted)")) {
        Some(alive) => Some(PathBuf::from(alive)),
        None => Some(path),
    }
}
