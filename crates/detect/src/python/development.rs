//! What those who work on a Python project install on top of production, and with which command.

use super::dependency::{Dependencies, is_development};
use super::project::Project;
use crate::repository::Repository;
use crate::{path, shell};
use model::Place;
use model::facts::PackageManager;
use serde_json::Value;
use std::collections::BTreeSet;

/// Where a dependency for development stands, as far as installing it differs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    /// The manager installs it unless it is told to install for production.
    Always,
    /// In the root of the workspace that the project is a member of.
    Workspace,
    /// In a requirements file, from the root.
    File(String),
    /// In an extra of the project.
    Extra(String),
    /// In a group that has to be asked for.
    Group(String),
}

/// What is installed for development.
#[derive(Debug, Clone, Default)]
pub(crate) struct Development {
    parts: Vec<(Origin, Dependencies)>,
}

impl Development {
    /// Reads what a project states in its manifests and requirements files, and the root of its workspace.
    pub(crate) fn read(repository: &Repository<'_>, project: &Project) -> Self {
        let mut found = Self::default();
        found.add_manifest(repository, project, &project.folder);
        if project.install_path != project.folder {
            let before = found.parts.len();
            found.add_manifest(repository, project, &project.install_path);
            for (origin, _) in &mut found.parts[before..] {
                *origin = Origin::Workspace;
            }
        }
        for file in files(repository, &project.folder) {
            let mut dependencies = Dependencies::default();
            dependencies.add_requirements(repository, &file);
            found.parts.push((Origin::File(file), dependencies));
        }
        found
    }

    fn add_manifest(&mut self, repository: &Repository<'_>, project: &Project, folder: &str) {
        let file = path::join(folder, "pyproject.toml");
        if let Some(document) = repository.has(&file).then(|| repository.toml(&file)).flatten() {
            self.add_pyproject(repository, project, &file, &document);
        }
        let file = path::join(folder, "Pipfile");
        if let Some(document) = repository.has(&file).then(|| repository.toml(&file)).flatten() {
            self.add(Origin::Always, |found| {
                found.add_table(repository, &file, document.get("dev-packages"));
            });
        }
    }

    fn add_pyproject(
        &mut self,
        repository: &Repository<'_>,
        project: &Project,
        file: &str,
        document: &Value,
    ) {
        let manager = project.manager.as_ref().map(|manager| manager.name);
        let members = |at: &str| {
            document
                .pointer(at)
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.clone()))
        };
        for (name, list) in members("/project/optional-dependencies").filter(|(name, _)| is_development(name))
        {
            self.add(Origin::Extra(name), |found| found.add_list(repository, file, Some(&list)));
        }
        let defaults = document.pointer("/tool/uv/default-groups");
        let by_default = |name: &str| match (manager, defaults) {
            (Some(PackageManager::Pdm), _) => true,
            (Some(PackageManager::Uv), Some(Value::String(all))) => all == "all",
            (Some(PackageManager::Uv), Some(Value::Array(names))) => names.iter().any(|one| one == name),
            (Some(PackageManager::Uv), _) => name == "dev",
            _ => false,
        };
        for (name, list) in members("/dependency-groups") {
            let origin = if by_default(&name) { Origin::Always } else { Origin::Group(name) };
            self.add(origin, |found| found.add_list(repository, file, Some(&list)));
        }
        for (name, group) in members("/tool/poetry/group") {
            let optional = group.get("optional").and_then(Value::as_bool).unwrap_or(false);
            let origin = if optional { Origin::Group(name) } else { Origin::Always };
            self.add(origin, |found| found.add_table(repository, file, group.get("dependencies")));
        }
        self.add(Origin::Always, |found| {
            found.add_table(repository, file, document.pointer("/tool/poetry/dev-dependencies"));
            found.add_list(repository, file, document.pointer("/tool/uv/dev-dependencies"));
        });
        for (_, list) in members("/tool/pdm/dev-dependencies") {
            self.add(Origin::Always, |found| found.add_list(repository, file, Some(&list)));
        }
    }

    fn add(&mut self, origin: Origin, fill: impl FnOnce(&mut Dependencies)) {
        let mut dependencies = Dependencies::default();
        fill(&mut dependencies);
        self.parts.push((origin, dependencies));
    }

    /// Where a distribution is asked for, when it is.
    pub(crate) fn place(&self, name: &str) -> Option<Place> {
        self.parts.iter().find_map(|(_, part)| part.get(name)).map(|found| found.place.clone())
    }

    /// The command that installs the project with these distributions, run where the project is installed. Those that
    /// stand nowhere are named by the command itself.
    pub(crate) fn install(&self, project: &Project, tools: &BTreeSet<&str>) -> Option<String> {
        let manager = project.manager.as_ref()?.name;
        let production = project.install.as_deref()?;
        let wanted = self.wanted(project, tools);
        let missing: Vec<&str> = tools.iter().copied().filter(|tool| !self.installs(project, tool)).collect();
        let extras: Vec<&str> = wanted
            .iter()
            .filter_map(|origin| match origin {
                Origin::Extra(name) => Some(name.as_str()),
                Origin::Always | Origin::Workspace | Origin::File(_) | Origin::Group(_) => None,
            })
            .collect();
        let groups: Vec<&str> = wanted
            .iter()
            .filter_map(|origin| match origin {
                Origin::Group(name) => Some(name.as_str()),
                Origin::Always | Origin::Workspace | Origin::File(_) | Origin::Extra(_) => None,
            })
            .collect();
        let each = |option: &str, names: &[&str]| {
            names.iter().map(|name| format!(" {option} {name}")).collect::<String>()
        };
        let also = |run: &str| match missing.as_slice() {
            [] => String::new(),
            names => format!(" && {run}pip install {}", names.join(" ")),
        };
        let locked = project.lockfile.is_some();
        Some(match manager {
            PackageManager::Uv => {
                let frozen = if locked { " --frozen" } else { "" };
                let package = match &project.name {
                    _ if wanted.contains(&&Origin::Workspace) => " --all-packages".to_owned(),
                    Some(name) if project.install_path != project.folder => format!(" --package {name}"),
                    Some(_) | None => String::new(),
                };
                format!("uv sync{frozen}{package}{}{}", each("--extra", &extras), each("--group", &groups))
            }
            PackageManager::Poetry => {
                let root = if production.ends_with("--no-root") { " --no-root" } else { "" };
                let more = format!("{}{}", each("--with", &groups), each("--extras", &extras));
                format!("poetry install --no-interaction{root}{more}{}", also("poetry run "))
            }
            PackageManager::Pdm => {
                let frozen = if locked { " --frozen-lockfile" } else { "" };
                format!("pdm install{frozen}{}", each("-G", &extras))
            }
            PackageManager::Pipenv => {
                let dev = if locked { "pipenv sync --dev" } else { "pipenv install --dev" };
                format!("{dev}{}", also("pipenv run "))
            }
            _ => with_pip(project, production, &wanted, &missing),
        })
    }

    /// Whether a distribution is installed at all, for development or production.
    pub(crate) fn installs(&self, project: &Project, name: &str) -> bool {
        project.dependencies.has(name) || self.place(name).is_some()
    }

    /// The origins that are needed for these distributions, each only for what those before it have not.
    fn wanted(&self, project: &Project, tools: &BTreeSet<&str>) -> Vec<&Origin> {
        let mut left: BTreeSet<&str> =
            tools.iter().copied().filter(|tool| !project.dependencies.has(tool)).collect();
        let mut wanted = Vec::new();
        for (origin, part) in &self.parts {
            let before = left.len();
            left.retain(|tool| !part.has(tool));
            if left.len() < before && *origin != Origin::Always {
                wanted.push(origin);
            }
        }
        wanted
    }
}

/// pip's own command with more requirements.
fn with_pip(project: &Project, production: &str, wanted: &[&Origin], missing: &[&str]) -> String {
    let mut words = shell::words(production);
    let mut extras = Vec::new();
    for origin in wanted {
        match origin {
            Origin::File(file) => {
                words.extend(["-r".to_owned(), path::join_up(&project.folder, file)]);
            }
            Origin::Extra(name) => extras.push(name.as_str()),
            Origin::Group(name) => words.extend(["--group".to_owned(), name.clone()]),
            Origin::Always | Origin::Workspace => {}
        }
    }
    if !extras.is_empty() {
        let own = format!(".[{}]", extras.join(","));
        match words.iter_mut().find(|word| *word == ".") {
            Some(word) => *word = own,
            None => words.push(own),
        }
    }
    words.extend(missing.iter().map(|name| (*name).to_owned()));
    shell::line(&words)
}

/// The requirements files for development, those named after it first.
fn files(repository: &Repository<'_>, folder: &str) -> Vec<String> {
    let inside = path::join(folder, "requirements");
    let named = |file: &str| {
        let name = path::file_name(file);
        let requirements = name.contains("requirements") || path::parent(file) == inside;
        requirements && name.ends_with(".txt") && is_development(name)
    };
    let entries = repository.files_in(folder).iter().chain(repository.files_in(&inside));
    let mut found: Vec<String> = entries.map(|entry| entry.path.clone()).filter(|file| named(file)).collect();
    found.sort_by_key(|file| (!path::file_name(file).contains("dev"), file.clone()));
    found
}
