//! What a Python project checks its code with: formatters, linters, type checkers and tests, as far as they are set up.

mod authored;
mod setup;
mod tests;

use super::deployable::{Context, Deployable};
use super::development::Development;
use super::project::Project;
use crate::path;
use model::Place;
use model::facts::{CheckFact, CheckKind, Framework, PackageManager};
use setup::{Setup, TOOLS, Tool};
use std::collections::BTreeSet;

/// The checks of a service, with the command that installs what they need.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    /// In the order in which they make sense.
    pub(crate) checks: Vec<CheckFact>,
    /// Installs the project together with the tools; run where the project is installed.
    pub(crate) install: Option<String>,
}

/// What checks are made with while they are put together.
struct Bench<'c> {
    context: &'c Context<'c>,
    service: &'c Deployable,
    project: &'c Project,
    development: Development,
    setup: Setup<'c>,
    tools: BTreeSet<&'static str>,
    checks: Vec<CheckFact>,
}

/// The checks that are set up for a service.
pub(crate) fn of(context: &Context<'_>, service: &Deployable, project: &Project) -> Checks {
    let repository = context.index.repository;
    let mut bench = Bench {
        context,
        service,
        project,
        development: Development::read(repository, project),
        setup: Setup::new(repository, &service.folder),
        tools: BTreeSet::new(),
        checks: Vec::new(),
    };
    let authored = authored::commands(repository, &service.folder);
    for tool in TOOLS {
        let own = authored.iter().find(|command| tool.is_run_by(&command.words));
        if let Some(place) = bench.set_up(tool).or_else(|| own.map(|command| command.place.clone())) {
            let line = own.map_or_else(|| bench.line(tool), |command| command.line());
            bench.add(tool.kind, tool.name, &line, place);
        }
    }
    tests::add(&mut bench);
    if bench.checks.is_empty() {
        bench.add_runner();
    }
    let install = bench.development.install(project, &bench.tools);
    bench.checks.sort();
    Checks { install: install.filter(|_| !bench.checks.is_empty()), checks: bench.checks }
}

impl Bench<'_> {
    /// Adds a check, run through the project's package manager.
    fn add(&mut self, kind: CheckKind, tool: &'static str, line: &str, evidence: Place) {
        if let Some(prefix) = self.prefix(tool) {
            let command = line.split(" && ").map(|part| format!("{prefix}{part}")).collect::<Vec<_>>();
            let browses = tool == "pytest" && self.development.installs(self.project, "pytest-playwright");
            let prepare = browses.then(|| format!("{prefix}playwright install --with-deps"));
            self.checks.push(CheckFact { kind, command: command.join(" && "), evidence, prepare });
            self.tools.insert(tool);
        }
    }

    /// What stands in front of a tool; `None` where there is no way to run one that is not installed.
    fn prefix(&self, tool: &str) -> Option<String> {
        let installed = tool == "python" || self.development.installs(self.project, tool);
        Some(match self.project.manager.as_ref().map(|manager| manager.name) {
            Some(PackageManager::Uv) if installed => "uv run ".to_owned(),
            Some(PackageManager::Uv) => format!("uv run --with {tool} "),
            Some(PackageManager::Poetry) => "poetry run ".to_owned(),
            Some(PackageManager::Pdm) if installed => "pdm run ".to_owned(),
            Some(PackageManager::Pdm) => return None,
            Some(PackageManager::Pipenv) => "pipenv run ".to_owned(),
            _ => String::new(),
        })
    }

    /// What sets a tool up.
    fn set_up(&self, tool: &Tool) -> Option<Place> {
        let own = || self.development.place(tool.name).filter(|_| tool.by_dependency);
        self.setup.of(tool).or_else(own)
    }

    /// The command line of a tool that only looks.
    fn line(&self, tool: &Tool) -> String {
        let target = self.target();
        // The environment is a folder of the project; these two do not leave it out by themselves.
        let inside = self
            .project
            .manager
            .as_ref()
            .is_some_and(|manager| matches!(manager.name, PackageManager::Uv | PackageManager::Pdm));
        match tool.name {
            "flake8" if inside && !self.setup.mentions(tool, ".venv") => {
                format!("{} --extend-exclude .venv", tool.command)
            }
            "mypy" if self.setup.mentions(tool, "files") || self.setup.mentions(tool, "packages") => {
                "mypy".to_owned()
            }
            "pylint" if target == "." && inside => "pylint --recursive=y --ignore=.venv .".to_owned(),
            "pylint" if target == "." => "pylint --recursive=y .".to_owned(),
            "mypy" | "pylint" => format!("{} {target}", tool.command),
            _ => tool.command.to_owned(),
        }
    }

    /// The service's own package, `.` where its code has none of its own.
    fn target(&self) -> &str {
        let inside = path::relative(&self.service.file, &self.service.folder).unwrap_or_default();
        match inside.split_once('/') {
            Some((package, _)) if self.service.framework != Some(Framework::Django) => package,
            Some(_) | None => ".",
        }
    }

    /// tox or nox, which know by themselves what to check.
    fn add_runner(&mut self) {
        if let Some(place) = self.setup.section("tox.ini", "tox") {
            self.add(CheckKind::Unit, "tox", "tox", place);
        } else if let Some(file) = self.setup.file("noxfile.py") {
            self.add(CheckKind::Unit, "nox", "nox", Place::new(file, 1));
        }
    }
}
