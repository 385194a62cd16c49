//! The crates of this workspace: their sources and what they depend on.

use crate::Failure;
use crate::finding::Finding;
use crate::source::{self, Source};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The workspace as `cargo metadata` describes it.
#[derive(Debug)]
pub struct Workspace {
    pub crates: Vec<Crate>,
    /// Files that could not be read, or belong to nothing.
    pub unreadable: Vec<Finding>,
}

/// One package.
#[derive(Debug)]
pub struct Crate {
    /// Without `mainstay-`.
    pub name: String,
    /// From the root of the workspace.
    pub manifest: PathBuf,
    pub dependencies: Vec<Dependency>,
    pub sources: Vec<Source>,
}

/// What a crate depends on outside its tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Without `mainstay-`.
    pub name: String,
    /// Line of the manifest.
    pub line: usize,
}

/// The folder that holds the workspace.
pub fn root() -> PathBuf {
    // Where this program was compiled; `cargo xtask` compiles it here.
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// The folder that cargo builds in, which is where this program lies.
pub fn target() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.parent().and_then(Path::parent).map_or_else(|| root().join("target"), Path::to_owned)
}

/// Reads the workspace.
///
/// # Errors
/// When cargo cannot describe it.
pub fn read() -> Result<Workspace, Failure> {
    let root = root();
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(&root)
        .output()
        .map_err(|error| Failure::new(format!("cargo cannot be started: {error}")))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failure::new(format!("cargo metadata failed: {why}")));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| Failure::new(format!("cargo metadata cannot be read: {error}")))?;
    let mut workspace = Workspace { crates: Vec::new(), unreadable: Vec::new() };
    for package in list(&metadata["packages"]) {
        let (package, unreadable) = read_crate(&root, package)?;
        workspace.crates.push(package);
        workspace.unreadable.extend(unreadable);
    }
    Ok(workspace)
}

fn read_crate(root: &Path, package: &Value) -> Result<(Crate, Vec<Finding>), Failure> {
    let manifest = PathBuf::from(text(&package["manifest_path"]));
    let lines = std::fs::read_to_string(&manifest)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", manifest.display())))?;
    let dependencies = list(&package["dependencies"])
        .iter()
        .filter(|dependency| text(&dependency["kind"]) != "dev")
        .map(|dependency| {
            let name = short(text(&dependency["name"]));
            Dependency { line: line_of(&lines, &name), name }
        })
        .collect();
    let (mut sources, mut unreadable) = (Vec::new(), Vec::new());
    for target in list(&package["targets"]) {
        let is_test =
            list(&target["kind"]).iter().any(|kind| matches!(text(kind), "test" | "bench" | "example"));
        let walk = source::walk(root, Path::new(text(&target["src_path"])), is_test);
        sources.extend(walk.sources);
        unreadable.extend(walk.findings);
    }
    let folder = manifest.parent().unwrap_or(root);
    let reached: BTreeSet<PathBuf> = sources.iter().map(|source| root.join(&source.path)).collect();
    for path in rust_files(&folder.join("src")).into_iter().filter(|path| !reached.contains(path)) {
        let path = path.strip_prefix(root).unwrap_or(&path).to_owned();
        let message = "no module declares this file, so it is not compiled".to_owned();
        unreadable.push(Finding::error(path, 1, message, "declare it, or delete it"));
    }
    let manifest = manifest.strip_prefix(root).unwrap_or(&manifest).to_owned();
    let name = short(text(&package["name"]));
    Ok((Crate { name, manifest, dependencies, sources }, unreadable))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn short(name: &str) -> String {
    name.strip_prefix("mainstay-").unwrap_or(name).to_owned()
}

fn line_of(manifest: &str, dependency: &str) -> usize {
    let names =
        |line: &str| line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    manifest.lines().position(names).map_or(1, |at| at + 1)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
