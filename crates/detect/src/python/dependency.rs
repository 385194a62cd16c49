//! What a Python project says it depends on: requirements files, pyproject.toml, Pipfile, setup.cfg and setup.py.

use super::module::{Module, literal};
use super::requirement::{Requirement, RequirementsLine, requirements_lines};
use crate::path;
use crate::repository::Repository;
use model::Place;
use rustpython_ruff_python_ast::{Expr, Stmt};
use serde_json::Value;
use std::collections::BTreeMap;

/// One dependency and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    /// Normalised.
    pub(crate) extras: Vec<String>,
    /// Where it is asked for.
    pub(crate) place: Place,
}

/// What is installed in production, by normalised name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dependencies(BTreeMap<String, Dependency>);

impl Dependencies {
    /// Where a distribution is asked for, when it is.
    pub(crate) fn get(&self, name: &str) -> Option<&Dependency> {
        self.0.get(name)
    }

    /// Whether a distribution is asked for.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether a distribution is asked for with an extra.
    pub(crate) fn has_extra(&self, name: &str, extra: &str) -> bool {
        self.get(name).is_some_and(|dependency| dependency.extras.iter().any(|found| found == extra))
    }

    /// All of them, sorted by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Dependency)> {
        self.0.iter().map(|(name, dependency)| (name.as_str(), dependency))
    }

    fn add(&mut self, requirement: Requirement, place: Place) {
        let entry =
            self.0.entry(requirement.name).or_insert_with(|| Dependency { extras: Vec::new(), place });
        entry.extras.extend(requirement.extras);
    }

    /// Adds one requirement that stands in a file.
    pub(crate) fn add_text(&mut self, repository: &Repository<'_>, file: &str, text: &str) {
        if let Some(requirement) = Requirement::parse(text) {
            self.add(requirement, repository.place_of(file, text));
        }
    }

    /// Adds those of a requirements file, its includes included.
    pub(crate) fn add_requirements(&mut self, repository: &Repository<'_>, file: &str) {
        self.add_requirements_within(repository, file, 0);
    }

    fn add_requirements_within(&mut self, repository: &Repository<'_>, file: &str, depth: u8) {
        let Some(text) = repository.text(file) else { return };
        for (line, what) in requirements_lines(&text) {
            match what {
                RequirementsLine::Requirement(requirement) => self.add(requirement, Place::new(file, line)),
                RequirementsLine::Include(other) if depth < 5 => {
                    self.add_requirements_within(
                        repository,
                        &path::join(path::parent(file), &other),
                        depth + 1,
                    );
                }
                RequirementsLine::Include(_)
                | RequirementsLine::Constraint(_)
                | RequirementsLine::Local(_) => {}
            }
        }
    }

    /// Adds those of a pyproject.toml in the forms of PEP 621, PEP 735, Poetry and PDM.
    pub(crate) fn add_pyproject(&mut self, repository: &Repository<'_>, file: &str, document: &Value) {
        self.add_list(repository, file, document.pointer("/project/dependencies"));
        for at in ["/project/optional-dependencies", "/dependency-groups"] {
            for (group, list) in document.pointer(at).and_then(Value::as_object).into_iter().flatten() {
                if !is_development(group) {
                    self.add_list(repository, file, Some(list));
                }
            }
        }
        self.add_table(repository, file, document.pointer("/tool/poetry/dependencies"));
        for (group, table) in
            document.pointer("/tool/poetry/group").and_then(Value::as_object).into_iter().flatten()
        {
            if !is_development(group) {
                self.add_table(repository, file, table.get("dependencies"));
            }
        }
    }

    /// Adds those of a Pipfile.
    pub(crate) fn add_pipfile(&mut self, repository: &Repository<'_>, file: &str, document: &Value) {
        self.add_table(repository, file, document.get("packages"));
    }

    pub(crate) fn add_list(&mut self, repository: &Repository<'_>, file: &str, list: Option<&Value>) {
        for text in list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            self.add_text(repository, file, text);
        }
    }

    pub(crate) fn add_table(&mut self, repository: &Repository<'_>, file: &str, table: Option<&Value>) {
        for (name, value) in
            table.and_then(Value::as_object).into_iter().flatten().filter(|(name, _)| *name != "python")
        {
            let Some(mut requirement) = Requirement::parse(name) else { continue };
            let extras =
                value.get("extras").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            requirement.extras.extend(extras.map(super::requirement::normal_name));
            let key = format!("\n{name}");
            let mut place = repository.place_of(file, &key);
            place.line = if place.line == 1 { repository.place_of(file, name).line } else { place.line + 1 };
            self.add(requirement, place);
        }
    }

    /// Adds `install_requires` of a setup.cfg.
    pub(crate) fn add_setup_cfg(&mut self, repository: &Repository<'_>, file: &str) {
        let Some(text) = repository.text(file) else { return };
        let mut inside = false;
        for (line, number) in text.lines().zip(1_u32..) {
            let trimmed = line.trim();
            if let Some((key, value)) = trimmed.split_once('=')
                && key.trim() == "install_requires"
            {
                inside = true;
                self.add_line(value, file, number);
            } else if inside && line.starts_with([' ', '\t']) {
                self.add_line(trimmed, file, number);
            } else if !trimmed.is_empty() {
                inside = false;
            }
        }
    }

    fn add_line(&mut self, text: &str, file: &str, number: u32) {
        if let Some(requirement) = Requirement::parse(text) {
            self.add(requirement, Place::new(file, number));
        }
    }

    /// Adds `install_requires` of a setup.py.
    pub(crate) fn add_setup_py(&mut self, module: &Module) {
        for statement in module.top_level() {
            let Stmt::Expr(statement) = statement else { continue };
            let Expr::Call(call) = &*statement.value else { continue };
            let Some(list) = call.arguments.find_keyword("install_requires") else { continue };
            let named = match &list.value {
                Expr::Name(name) => module
                    .assignments()
                    .into_iter()
                    .find(|(assigned, ..)| *assigned == name.id.as_str())
                    .map(|found| found.1),
                other => Some(other),
            };
            for element in named.map(super::module::elements).unwrap_or_default() {
                if let Some(requirement) = literal(element).as_deref().and_then(Requirement::parse) {
                    self.add(requirement, module.place(element));
                }
            }
        }
    }
}

/// Whether a group or a requirements file is for those who work on the project.
pub(crate) fn is_development(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "dev",
        "devel",
        "develop",
        "development",
        "test",
        "tests",
        "testing",
        "lint",
        "linting",
        "docs",
        "doc",
        "local",
        "ci",
        "typing",
        "types",
        "style",
        "format",
        "debug",
        "notebook",
        "notebooks",
        "jupyter",
        "bench",
        "benchmark",
        "pre",
        "quality",
        "check",
        "mypy",
        "security",
        "release",
        "build",
    ];
    name.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|word| WORDS.contains(&word))
}
