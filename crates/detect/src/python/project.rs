//! Python projects of a repository: folders with a manifest, what installs them and what they depend on.

use super::dependency::{Dependencies, is_development};
use super::index::Index;
use super::module::Module;
use crate::path;
use crate::repository::Repository;
use model::Place;
use model::facts::PackageManagerFact;
use serde_json::Value;
use std::collections::BTreeSet;

/// A folder whose Python code is installed together.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// The folder.
    pub(crate) folder: String,
    /// The distribution's name.
    pub(crate) name: Option<String>,
    /// What installs it.
    pub(crate) manager: Option<PackageManagerFact>,
    /// Where `install` runs.
    pub(crate) install_path: String,
    /// The lock file, from the root.
    pub(crate) lockfile: Option<String>,
    /// Installs what is locked.
    pub(crate) install: Option<String>,
    /// What only its Dockerfile installs.
    pub(crate) image_packages: Vec<String>,
    /// What it depends on in production.
    pub(crate) dependencies: Dependencies,
    /// The range of Python versions it states, and where.
    pub(crate) range: Option<(String, Place)>,
    /// Its own package is installed, so that a `src` folder need not be on the path.
    pub(crate) is_package: bool,
    /// The manifest.
    pub(crate) evidence: Option<Place>,
}

/// Every project, sorted by folder.
pub(crate) fn projects(index: &Index<'_>) -> Vec<Project> {
    let repository = index.repository;
    let mut folders = BTreeSet::new();
    for name in ["pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "uv.lock", "poetry.lock", "pdm.lock"] {
        folders.extend(repository.named(name).iter().map(|file| path::parent(file).to_owned()));
    }
    for name in super::conda::FILES {
        folders.extend(repository.named(name).iter().map(|file| path::parent(file).to_owned()));
    }
    for file in repository.named("Dockerfile") {
        let beside = repository.files_in(path::parent(file));
        if beside.iter().any(|entry| entry.path.ends_with(".py")) {
            folders.insert(path::parent(file).to_owned());
        }
    }
    for folder in repository.folders() {
        let text_files =
            repository.files_in(folder).iter().map(|entry| path::file_name(&entry.path)).any(is_requirements);
        if path::file_name(folder) == "requirements" && !repository.files_in(folder).is_empty() {
            folders.insert(path::parent(folder).to_owned());
        } else if text_files {
            folders.insert(folder.to_owned());
        }
    }
    folders.retain(|folder| !super::index::is_aside(&path::join(folder, "x.py")));
    folders.into_iter().filter_map(|folder| project(index, &folder)).collect()
}

/// The project that a file belongs to: of the nearest folder above it, else one without a manifest.
pub(crate) fn owner<'a>(projects: &'a [Project], file: &str) -> Option<&'a Project> {
    projects
        .iter()
        .filter(|project| path::is_under(file, &project.folder))
        .max_by_key(|project| if project.folder == "." { 0 } else { project.folder.len() })
}

/// A project without a manifest.
pub(crate) fn bare(folder: &str) -> Project {
    Project {
        folder: folder.to_owned(),
        name: None,
        manager: None,
        install_path: folder.to_owned(),
        lockfile: None,
        install: None,
        image_packages: Vec::new(),
        dependencies: Dependencies::default(),
        range: None,
        is_package: false,
        evidence: None,
    }
}

fn is_requirements(name: &str) -> bool {
    name.starts_with("requirements") && (name.ends_with(".txt") || name.ends_with(".in"))
}

fn project(index: &Index<'_>, folder: &str) -> Option<Project> {
    let repository = index.repository;
    let at = |name: &str| path::join(folder, name);
    let has = |name: &str| repository.has(&at(name));
    let pyproject = has("pyproject.toml").then(|| repository.toml(&at("pyproject.toml"))).flatten();
    let pointer = |pointer: &str| pyproject.as_ref().and_then(|document| document.pointer(pointer));
    let requirements = requirements_file(repository, folder);
    let mut project = bare(folder);
    let declares = ["/project", "/tool/poetry/dependencies", "/tool/pdm/dependencies", "/tool/uv/workspace"]
        .iter()
        .any(|at| pointer(at).is_some());
    let manifests = ["Pipfile", "setup.py", "setup.cfg", "uv.lock", "poetry.lock", "pdm.lock"];
    let manifest =
        if declares { Some("pyproject.toml") } else { manifests.into_iter().find(|name| has(name)) };
    project.evidence = manifest
        .map(|name| Place::new(at(name), 1))
        .or_else(|| requirements.clone().map(|file| Place::new(file, 1)));
    if manifest.is_none() {
        project.image_packages = super::image::packages(repository, folder);
        let image = (!project.image_packages.is_empty()).then(|| Place::new(at("Dockerfile"), 1));
        project.evidence = project.evidence.or(image);
    }
    if project.evidence.is_none() {
        super::conda::fill(repository, &mut project)?;
        return Some(project);
    }
    let string = |at: &str| pointer(at).and_then(Value::as_str).map(str::to_owned);
    project.name = string("/project/name").or_else(|| string("/tool/poetry/name"));
    project.is_package = is_package(pyproject.as_deref(), has("setup.py"));
    let poetry_python = pointer("/tool/poetry/dependencies/python")
        .and_then(|value| value.as_str().or_else(|| value.get("version")?.as_str()));
    let range = string("/project/requires-python").or_else(|| poetry_python.map(str::to_owned));
    project.range = range.map(|range| {
        let place = repository.place_of(&at("pyproject.toml"), &range);
        (range, place)
    });
    if let Some(document) = &pyproject {
        project.dependencies.add_pyproject(repository, &at("pyproject.toml"), document);
    }
    if has("Pipfile")
        && let Some(document) = repository.toml(&at("Pipfile"))
    {
        project.dependencies.add_pipfile(repository, &at("Pipfile"), &document);
    }
    if let Some(file) = &requirements {
        project.dependencies.add_requirements(repository, file);
    }
    for package in &project.image_packages {
        project.dependencies.add_text(repository, &at("Dockerfile"), package);
    }
    project.dependencies.add_setup_cfg(repository, &at("setup.cfg"));
    add_setup(repository, &mut project, &at("setup.py"));
    super::manager::choose(repository, &mut project, pyproject.as_deref(), requirements);
    Some(project)
}

/// Adds what a setup.py states.
fn add_setup(repository: &Repository<'_>, project: &mut Project, file: &str) {
    let Some(text) = repository.has(file).then(|| repository.text(file)).flatten() else { return };
    let module = Module::parse(file, text);
    project.dependencies.add_setup_py(&module);
    let requires = module.text.lines().find_map(|line| {
        line.trim().strip_prefix("python_requires=")?.split(['"', '\'']).nth(1).map(str::to_owned)
    });
    if let (None, Some(range)) = (&project.range, requires) {
        project.range = Some((range, repository.place_of(file, "python_requires")));
    }
}

/// Whether installing the project installs its own package.
fn is_package(pyproject: Option<&Value>, setup: bool) -> bool {
    let Some(document) = pyproject else { return setup };
    let explicit = document.pointer("/tool/uv/package").and_then(Value::as_bool);
    explicit.unwrap_or_else(|| setup || document.get("build-system").is_some())
}

/// The requirements file that production installs.
fn requirements_file(repository: &Repository<'_>, folder: &str) -> Option<String> {
    const FIRST: &[&str] = &[
        "requirements.txt",
        "requirements/production.txt",
        "requirements/prod.txt",
        "requirements-prod.txt",
        "requirements-production.txt",
        "requirements_prod.txt",
        "requirements.prod.txt",
        "requirements/requirements.txt",
        "requirements/base.txt",
        "requirements/main.txt",
        "requirements/common.txt",
        "requirements.in",
        "requirements/production.in",
        "requirements/base.in",
        "requirements-base.txt",
    ];
    installed_by_author(repository, folder).or_else(|| repository.first_in(folder, FIRST)).or_else(|| {
        let inside = path::join(folder, "requirements");
        let mut names = repository
            .files_in(folder)
            .iter()
            .chain(repository.files_in(&inside))
            .map(|entry| entry.path.as_str());
        names
            .find(|file| {
                let name = path::file_name(file);
                (is_requirements(name) || (path::parent(file) == inside && name.ends_with(".txt")))
                    && !is_development(name)
            })
            .map(str::to_owned)
    })
}

/// The requirements file that the Dockerfile beside it installs, when it is one of production.
fn installed_by_author(repository: &Repository<'_>, folder: &str) -> Option<String> {
    let text = repository.text(&path::join(folder, "Dockerfile"))?;
    let mut words = text.split_whitespace().skip_while(|word| *word != "-r").skip(1);
    let name = words.next()?.trim_matches(['"', '\'']);
    let name = name.trim_start_matches("./").trim_start_matches("/app/").trim_start_matches("/code/");
    let file = path::join(folder, name);
    (name.ends_with(".txt") && repository.has(&file) && !is_development(path::file_name(name)))
        .then_some(file)
}
