//! The files that installing a Python project reads.

use super::index::Index;
use super::project::Project;
use super::requirement::{RequirementsLine, requirements_lines};
use crate::path;
use crate::repository::Repository;
use model::facts::PackageManager;
use model::pip::{PipArgument, pip_arguments};
use serde_json::Value;
use std::collections::BTreeSet;

/// How deep includes of requirements files and local dependencies are followed.
const DEPTH: u8 = 5;

/// Every file that a project's `install` reads, from the root.
pub(crate) fn files(index: &Index<'_>, projects: &[Project], project: &Project) -> Vec<String> {
    let mut inputs = Inputs { repository: index.repository, found: BTreeSet::new() };
    let Some(manager) = project.manager.as_ref().map(|manager| manager.name) else { return Vec::new() };
    inputs.found.extend(project.lockfile.clone());
    for name in settings(manager) {
        inputs.add(&path::join(&project.install_path, name));
    }
    let install = project.install.as_deref().unwrap_or_default();
    let words: Vec<&str> = install.split(' ').collect();
    for argument in pip_arguments(words.iter().copied()) {
        match argument {
            PipArgument::Requirements(file) | PipArgument::Constraints(file) => {
                inputs.requirements(&path::join(&project.install_path, file), 0);
            }
            PipArgument::Editable(_) | PipArgument::Other(_) => {}
        }
    }
    // pip reads the project's own manifest only when it installs the project.
    let itself = manager != PackageManager::Pip || words.contains(&".");
    if itself {
        inputs.manifest(&project.folder, 0);
    }
    if manager == PackageManager::Pip && itself {
        // What is copied into the environment is all there is of it.
        inputs.found.extend(index.under(&project.folder).into_iter().map(str::to_owned));
    } else if itself && project.is_package {
        inputs.packages(index, project);
    }
    if project.install_path != project.folder || manager == PackageManager::Uv {
        inputs.members(projects, &project.install_path);
    }
    inputs.found.into_iter().collect()
}

/// Files by which a manager is set up.
const fn settings(manager: PackageManager) -> &'static [&'static str] {
    match manager {
        PackageManager::Uv => &["uv.toml", ".python-version"],
        PackageManager::Poetry => &["poetry.toml"],
        PackageManager::Pdm => &["pdm.toml"],
        PackageManager::Pipenv => &["Pipfile"],
        PackageManager::Pip
        | PackageManager::Npm
        | PackageManager::Pnpm
        | PackageManager::Yarn
        | PackageManager::YarnBerry
        | PackageManager::Bun
        | PackageManager::Deno => &[],
    }
}

struct Inputs<'r> {
    repository: &'r Repository<'r>,
    found: BTreeSet<String>,
}

impl Inputs<'_> {
    /// Adds a file that is there; whether it is new.
    fn add(&mut self, file: &str) -> bool {
        self.repository.has(file) && self.found.insert(file.to_owned())
    }

    /// A requirements file with what it includes and the local projects that it names.
    fn requirements(&mut self, file: &str, depth: u8) {
        if !self.add(file) || depth >= DEPTH {
            return;
        }
        let Some(text) = self.repository.text(file) else { return };
        let folder = path::parent(file).to_owned();
        for (_, line) in requirements_lines(&text) {
            match line {
                RequirementsLine::Include(other) | RequirementsLine::Constraint(other) => {
                    self.requirements(&path::join(&folder, &other), depth + 1);
                }
                // Relative to where pip runs, which is mostly where the file is.
                RequirementsLine::Local(local) => self.local(&path::join(&folder, &local), depth),
                RequirementsLine::Requirement(_) => {}
            }
        }
    }

    /// A local dependency: a folder with a project, or a built distribution.
    fn local(&mut self, at: &str, depth: u8) {
        if !self.add(at) && depth < DEPTH {
            self.manifest(at, depth + 1);
        }
    }

    /// What a build of the project in a folder reads besides its sources.
    fn manifest(&mut self, folder: &str, depth: u8) {
        let mut new = false;
        for name in ["pyproject.toml", "setup.py", "setup.cfg", "MANIFEST.in"] {
            new |= self.add(&path::join(folder, name));
        }
        self.pipfile(folder, depth);
        let file = path::join(folder, "pyproject.toml");
        let document = self.repository.has(&file).then(|| self.repository.toml(&file)).flatten();
        let Some(document) = document.filter(|_| new && depth < DEPTH) else { return };
        for named in named_files(&document) {
            self.add(&path::join(folder, &named));
        }
        let dynamic = document.pointer("/tool/setuptools/dynamic").and_then(Value::as_object);
        for entry in dynamic.into_iter().flatten().filter_map(|(_, value)| value.get("file")) {
            for named in texts(entry) {
                self.requirements(&path::join(folder, named), depth + 1);
            }
        }
        for local in local_dependencies(&document) {
            self.local(&path::join(folder, &local), depth);
        }
    }

    fn pipfile(&mut self, folder: &str, depth: u8) {
        let file = path::join(folder, "Pipfile");
        let Some(document) = self.repository.has(&file).then(|| self.repository.toml(&file)).flatten() else {
            return;
        };
        let packages = document.get("packages").and_then(Value::as_object);
        let paths = packages.into_iter().flatten().filter_map(|(_, value)| value.get("path")?.as_str());
        for local in paths {
            let at = path::join(folder, local);
            if at != folder {
                self.local(&at, depth);
            }
        }
    }

    /// The packages' own modules: a build does not begin without the packages that it is to hold.
    fn packages(&mut self, index: &Index<'_>, project: &Project) {
        for root in [path::join(&project.folder, "src"), project.folder.clone()] {
            let own: Vec<&str> = index
                .under(&root)
                .into_iter()
                .filter(|file| path::file_name(file) == "__init__.py")
                .filter(|file| path::parent(path::parent(file)) == root)
                .collect();
            if !own.is_empty() {
                self.found.extend(own.into_iter().map(str::to_owned));
                return;
            }
        }
    }

    /// The manifests of a uv workspace: the lock file is only good with all of them.
    fn members(&mut self, projects: &[Project], root: &str) {
        let file = path::join(root, "pyproject.toml");
        let is_workspace = self.repository.has(&file)
            && self
                .repository
                .toml(&file)
                .is_some_and(|document| document.pointer("/tool/uv/workspace").is_some());
        if !is_workspace {
            return;
        }
        self.manifest(root, 0);
        for member in projects.iter().filter(|member| member.install_path == root) {
            self.manifest(&member.folder, 0);
        }
    }
}

/// Files that a pyproject.toml names: the readme and the licence.
fn named_files(document: &Value) -> Vec<String> {
    let places = [
        "/project/readme",
        "/project/readme/file",
        "/project/license/file",
        "/project/license-files",
        "/tool/poetry/readme",
        "/tool/hatch/version/path",
    ];
    let named = places.iter().filter_map(|at| document.pointer(at)).flat_map(texts);
    named.map(str::to_owned).collect()
}

/// A text, or the texts of a list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

/// Folders of local dependencies in the forms of uv, Poetry and PEP 508.
fn local_dependencies(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let tables = ["/tool/uv/sources", "/tool/poetry/dependencies"].map(|at| document.pointer(at));
    let groups = document.pointer("/tool/poetry/group").and_then(Value::as_object);
    let groups = groups.into_iter().flatten().map(|(_, group)| group.get("dependencies"));
    for table in tables.into_iter().chain(groups).flatten().filter_map(Value::as_object) {
        let paths = table.values().filter_map(|value| value.get("path")?.as_str());
        found.extend(paths.map(str::to_owned));
    }
    let lists = ["/project/dependencies", "/tool/uv/dev-dependencies"].map(|at| document.pointer(at));
    for text in lists.into_iter().flatten().flat_map(texts) {
        if let Some((_, at)) = text.split_once("file:") {
            let at = at.split(';').next().unwrap_or(at).trim().trim_start_matches("//");
            found.push(at.trim_start_matches("${PROJECT_ROOT}/").to_owned());
        }
    }
    found
}
