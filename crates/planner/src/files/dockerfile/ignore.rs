//! What a build does not need: what is made by it, what must not get in, and what is not part of the service.

use super::super::{Blueprint, blueprint::Unit};
use std::collections::BTreeSet;

pub(super) fn text(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> String {
    let mut out =
        format!("# What the build of {} does not need. Written by `mainstay generate`.\n", unit.name);
    for (why, patterns) in PATTERNS {
        section(&mut out, why, patterns.iter().map(|pattern| (*pattern).to_owned()));
    }
    let visited = unit.errand().folders;
    let others: BTreeSet<String> = blueprint
        .units
        .iter()
        .filter(|other| !shares_installation(unit, other) && !is_visited(&visited, &other.service.path))
        .filter_map(|other| below(&unit.context, &other.service.path))
        .map(|path| format!("{path}/"))
        .collect();
    section(&mut out, "Other services.", others.into_iter());
    let needed = needed(unit);
    section(&mut out, "Needed all the same.", needed.into_iter().map(|path| format!("!{path}")));
    out
}

fn section(out: &mut String, why: &str, patterns: impl Iterator<Item = String>) {
    let patterns: Vec<String> = patterns.collect();
    if patterns.is_empty() {
        return;
    }
    out.push_str(&format!("\n# {why}\n"));
    for pattern in patterns {
        out.push_str(&pattern);
        out.push('\n');
    }
}

const PATTERNS: [(&str, &[&str]); 5] = [
    (
        "Never in an image: history and secrets.",
        &[
            "**/.git",
            "**/.env",
            "**/.env.*",
            "**/*.pem",
            "**/*.key",
            "**/secrets",
            "**/.npmrc.local",
            "**/.mainstay",
        ],
    ),
    (
        "Made by the build itself.",
        &[
            "**/node_modules",
            "**/.next",
            "**/.turbo",
            "**/dist",
            "**/.venv",
            "**/venv",
            "**/__pycache__",
            "**/*.py[cod]",
            "**/.pytest_cache",
            "**/.mypy_cache",
            "**/.ruff_cache",
            "**/*.egg-info",
            "**/coverage",
            "**/.coverage",
            "**/*.log",
        ],
    ),
    (
        "About shipping, not part of what is shipped.",
        &[
            "**/Dockerfile",
            "**/*.Dockerfile",
            "**/*.dockerignore",
            "**/.dockerignore",
            "**/docker-compose*.yml",
            "**/compose*.yaml",
            "**/.github",
            "**/mainstay.toml",
            "/deploy",
            "/docs",
            "**/AGENTS.md",
            "**/.claude",
        ],
    ),
    ("Tests.", &["**/test", "**/tests", "**/e2e", "**/__tests__", "**/*.test.*", "**/*.spec.*"]),
    ("Of editors and systems.", &["**/.vscode", "**/.idea", "**/.DS_Store"]),
];

/// Files that an installation, a build or a migration needs although a pattern above names them.
fn needed(unit: &Unit<'_>) -> BTreeSet<String> {
    let fact = unit.fact;
    let inputs = fact.map(|fact| fact.install_inputs.as_slice()).unwrap_or_default();
    let output = unit.service.output.as_ref().filter(|_| unit.service.build.command.is_none());
    let output = output.map(|output| match unit.service.path.as_str() {
        "." => output.clone(),
        path => format!("{path}/{output}"),
    });
    let migrations = unit.service.migrations.as_ref().map(|migrations| migrations.path.clone());
    let all = inputs.iter().cloned().chain(output).chain(migrations);
    all.filter_map(|path| below(&unit.context, &path)).filter(|path| is_ignored(path)).collect()
}

/// Whether a pattern above names a part of the path.
fn is_ignored(path: &str) -> bool {
    const NAMES: [&str; 12] = [
        "secrets",
        "dist",
        "coverage",
        "test",
        "tests",
        "e2e",
        "__tests__",
        "deploy",
        "docs",
        "venv",
        ".venv",
        ".github",
    ];
    path.split('/').any(|part| NAMES.contains(&part))
}

fn shares_installation(unit: &Unit<'_>, other: &Unit<'_>) -> bool {
    // Members of one workspace may import each other.
    other.service.path == unit.service.path
        || (unit.service.build.install_path != unit.service.path
            && other.service.build.install_path == unit.service.build.install_path)
        || below(&other.service.path, &unit.service.path).is_some()
}

/// Whether a build works in a folder, or in one below or above it other than the root.
fn is_visited(visited: &BTreeSet<String>, path: &str) -> bool {
    let touches = |folder: &String| {
        folder == path || below(path, folder).is_some() || folder != "." && below(folder, path).is_some()
    };
    visited.iter().any(touches)
}

/// A path as seen from a folder above it; `None` when it is not below, or is the folder.
fn below(folder: &str, path: &str) -> Option<String> {
    match (folder, path) {
        (_, ".") => None,
        (".", path) => Some(path.to_owned()),
        (folder, path) => path.strip_prefix(folder)?.strip_prefix('/').map(str::to_owned),
    }
}
