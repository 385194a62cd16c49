//! Workspaces: packages that are installed together from one lock file.

use super::package::Package;
use crate::path;
use crate::repository::Repository;
use serde_json::Value;

/// What runs a task in several packages in the order of their dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskRunner {
    /// Turborepo.
    Turbo,
    /// Nx.
    Nx,
    /// Lerna.
    Lerna,
}

/// A folder whose package manager installs the packages below it.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The root's folder.
    pub root: String,
    /// Its task runner.
    pub runner: Option<TaskRunner>,
    globs: Vec<String>,
}

impl Workspace {
    /// Every workspace, the deepest root first.
    pub(crate) fn all(repository: &Repository<'_>, packages: &[Package]) -> Vec<Self> {
        let mut found: Vec<Self> = packages
            .iter()
            .filter_map(|package| {
                let globs = globs(repository, package);
                (!globs.is_empty()).then(|| Self {
                    root: package.folder.clone(),
                    runner: runner(repository, package),
                    globs,
                })
            })
            .collect();
        found.sort_by_key(|workspace| {
            std::cmp::Reverse(workspace.root.len() * usize::from(workspace.root != "."))
        });
        found
    }

    /// Whether a folder is one of its members, or its root.
    pub(crate) fn owns(&self, folder: &str) -> bool {
        if folder == self.root {
            return true;
        }
        let Some(relative) = path::relative(folder, &self.root) else { return false };
        let matches = |glob: &str| glob_matches(glob, relative);
        self.globs.iter().any(|glob| !glob.starts_with('!') && matches(glob))
            && !self.globs.iter().filter_map(|glob| glob.strip_prefix('!')).any(matches)
    }
}

/// The patterns of members: `workspaces` as a list or with `packages`, `pnpm-workspace.yaml`, `lerna.json`.
fn globs(repository: &Repository<'_>, package: &Package) -> Vec<String> {
    let list = |value: Option<&Value>| -> Vec<String> {
        let items = value.and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let mut globs = list(package.get("/workspaces"));
    globs.extend(list(package.get("/workspaces/packages")));
    if let Some(pnpm) = repository.yaml(&package.at("pnpm-workspace.yaml")) {
        globs.extend(list(pnpm.get("packages")));
    }
    if globs.is_empty()
        && let Some(lerna) = repository.json(&package.at("lerna.json"))
    {
        globs.extend(list(lerna.get("packages")));
    }
    globs
}

fn runner(repository: &Repository<'_>, package: &Package) -> Option<TaskRunner> {
    let has = |name: &str| repository.has(&package.at(name));
    if has("turbo.json") || has("turbo.jsonc") || package.has("turbo") {
        Some(TaskRunner::Turbo)
    } else if has("nx.json") || package.has("nx") {
        Some(TaskRunner::Nx)
    } else if has("lerna.json") {
        Some(TaskRunner::Lerna)
    } else {
        None
    }
}

/// Whether a pattern of workspace members matches a folder: `*` is one part, `**` any number of them.
pub(crate) fn glob_matches(glob: &str, path: &str) -> bool {
    let glob = glob.trim_start_matches("./").trim_end_matches('/');
    let glob: Vec<&str> = glob.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    parts_match(&glob, &path)
}

fn parts_match(glob: &[&str], path: &[&str]) -> bool {
    match (glob.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            parts_match(rest, path) || path.split_first().is_some_and(|(_, tail)| parts_match(glob, tail))
        }
        (Some((part, rest)), Some((head, tail))) => part_matches(part, head) && parts_match(rest, tail),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// `*` within one part, and `{a,b}`.
fn part_matches(glob: &str, text: &str) -> bool {
    if let Some((before, rest)) = glob.split_once('{')
        && let Some((choices, after)) = rest.split_once('}')
    {
        return choices.split(',').any(|choice| part_matches(&format!("{before}{choice}{after}"), text));
    }
    let Some((before, after)) = glob.split_once('*') else { return glob == text };
    let Some(mut rest) = text.strip_prefix(before) else { return false };
    loop {
        if part_matches(after, rest) {
            return true;
        }
        let Some(next) = rest.chars().next() else { return false };
        rest = &rest[next.len_utf8()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_folders() {
        for (glob, path, expected) in [
            ("apps/*", "apps/web", true),
            ("apps/*", "apps/web/x", false),
            ("apps/**", "apps/web/x", true),
            ("./packages/{a,b}-*", "packages/b-x", true),
            ("server", "server", true),
            ("**", "a/b", true),
            ("*", "a", true),
            ("apps/*/", "apps/api", true),
        ] {
            assert_eq!(glob_matches(glob, path), expected, "{glob} {path}");
        }
    }
}
