//! Where the settings of a check stand.

use crate::path;
use crate::repository::Repository;
use model::Place;
use model::facts::CheckKind;
use serde_json::Value;

/// A tool that looks at code without running it.
pub(super) struct Tool {
    /// Its distribution and its program.
    pub(super) name: &'static str,
    pub(super) kind: CheckKind,
    /// Looks only; a target may follow.
    pub(super) command: &'static str,
    /// The table below `tool` in pyproject.toml.
    table: &'static str,
    /// The section of setup.cfg and tox.ini.
    section: &'static str,
    /// Files of its own.
    files: &'static [&'static str],
    /// Hooks of pre-commit.
    hooks: &'static [&'static str],
    /// That it is installed says that it is used.
    pub(super) by_dependency: bool,
}

/// Every tool.
pub(super) const TOOLS: &[Tool] = &[
    Tool {
        name: "isort",
        kind: CheckKind::Format,
        command: "isort . --check-only",
        table: "/tool/isort",
        section: "isort",
        files: &[".isort.cfg"],
        hooks: &["isort"],
        by_dependency: true,
    },
    Tool {
        name: "black",
        kind: CheckKind::Format,
        command: "black . --check",
        table: "/tool/black",
        section: "",
        files: &[],
        hooks: &["black", "black-jupyter"],
        by_dependency: true,
    },
    Tool {
        name: "ruff",
        kind: CheckKind::Format,
        command: "ruff format --check .",
        table: "/tool/ruff/format",
        section: "",
        files: &[],
        hooks: &["ruff-format"],
        by_dependency: false,
    },
    Tool {
        name: "ruff",
        kind: CheckKind::Lint,
        command: "ruff check .",
        table: "/tool/ruff",
        section: "",
        files: &["ruff.toml", ".ruff.toml"],
        hooks: &["ruff", "ruff-check"],
        by_dependency: true,
    },
    Tool {
        name: "flake8",
        kind: CheckKind::Lint,
        command: "flake8 .",
        table: "/tool/flake8",
        section: "flake8",
        files: &[".flake8"],
        hooks: &["flake8"],
        by_dependency: true,
    },
    Tool {
        name: "pylint",
        kind: CheckKind::Lint,
        command: "pylint",
        table: "/tool/pylint",
        section: "pylint",
        files: &[".pylintrc", "pylintrc"],
        hooks: &["pylint"],
        by_dependency: true,
    },
    Tool {
        name: "mypy",
        kind: CheckKind::Types,
        command: "mypy",
        table: "/tool/mypy",
        section: "mypy",
        files: &["mypy.ini", ".mypy.ini"],
        hooks: &["mypy"],
        by_dependency: true,
    },
    Tool {
        name: "pyright",
        kind: CheckKind::Types,
        command: "pyright",
        table: "/tool/pyright",
        section: "",
        files: &["pyrightconfig.json"],
        hooks: &["pyright"],
        by_dependency: true,
    },
];

impl Tool {
    /// Whether a command is this tool's and changes nothing.
    pub(super) fn is_run_by(&self, words: &[String]) -> bool {
        let has = |option: &str| words.iter().any(|word| word == option);
        if words.first().is_none_or(|word| word != self.name) || has("--fix") || has("--version") {
            return false;
        }
        match (self.name, self.kind) {
            ("isort", _) => has("--check-only") || has("--check") || has("-c"),
            ("black", _) => has("--check"),
            ("ruff", CheckKind::Format) => has("format") && has("--check"),
            ("ruff", _) => has("check"),
            _ => true,
        }
    }
}

/// The settings that hold for a folder.
pub(super) struct Setup<'r> {
    repository: &'r Repository<'r>,
    /// The folder and those above it.
    folders: Vec<String>,
}

impl<'r> Setup<'r> {
    pub(super) fn new(repository: &'r Repository<'r>, folder: &str) -> Self {
        Self { repository, folders: path::ancestors(folder).map(str::to_owned).collect() }
    }

    /// What sets a tool up, the nearest first.
    pub(super) fn of(&self, tool: &Tool) -> Option<Place> {
        self.place(tool).or_else(|| self.hook(tool))
    }

    fn place(&self, tool: &Tool) -> Option<Place> {
        self.table(tool.table)
            .or_else(|| tool.files.iter().find_map(|name| Some(Place::new(self.file(name)?, 1))))
            .or_else(|| ["setup.cfg", "tox.ini"].iter().find_map(|file| self.section(file, tool.section)))
    }

    /// A file of this name, the nearest.
    pub(super) fn file(&self, name: &str) -> Option<String> {
        self.folders.iter().map(|folder| path::join(folder, name)).find(|file| self.repository.has(file))
    }

    /// A table of pyproject.toml.
    pub(super) fn table(&self, pointer: &str) -> Option<Place> {
        let files = self.folders.iter().map(|folder| path::join(folder, "pyproject.toml"));
        let file = files.filter(|file| self.repository.has(file)).find(|file| {
            self.repository.toml(file).is_some_and(|document| document.pointer(pointer).is_some())
        })?;
        let header = format!("[{}", pointer.trim_start_matches('/').replace('/', "."));
        Some(self.repository.place_of(&file, &header))
    }

    /// A value of a table of pyproject.toml.
    pub(super) fn value(&self, pointer: &str) -> Option<Value> {
        let files = self.folders.iter().map(|folder| path::join(folder, "pyproject.toml"));
        files
            .filter(|file| self.repository.has(file))
            .find_map(|file| self.repository.toml(&file)?.pointer(pointer).cloned())
    }

    /// A section of a file in the INI format.
    pub(super) fn section(&self, file: &str, section: &str) -> Option<Place> {
        let file = self.file(file).filter(|_| !section.is_empty())?;
        let text = self.repository.text(&file)?;
        let header = format!("[{section}]");
        let line = text.lines().position(|line| line.trim() == header)?;
        Some(Place::new(file, u32::try_from(line + 1).unwrap_or(u32::MAX)))
    }

    /// Whether the settings of a tool hold a word.
    pub(super) fn mentions(&self, tool: &Tool, word: &str) -> bool {
        let Some(place) = self.place(tool) else { return false };
        let Some(text) = self.repository.text(&place.path) else { return false };
        let from = text.lines().skip(place.line as usize - 1);
        from.enumerate()
            .take_while(|(at, line)| *at == 0 || !line.starts_with('['))
            .any(|(_, line)| line.contains(word))
    }

    /// The text of a pytest configuration, as far as it is one, with its place.
    pub(super) fn pytest(&self) -> Option<Place> {
        let own = || self.file("pytest.ini").map(|file| Place::new(file, 1));
        self.table("/tool/pytest")
            .or_else(own)
            .or_else(|| self.section("tox.ini", "pytest"))
            .or_else(|| self.section("setup.cfg", "tool:pytest"))
    }

    /// The lines of the section that a place is the header of.
    pub(super) fn lines(&self, place: &Place) -> String {
        let text = self.repository.text(&place.path).unwrap_or_default();
        let from = text.lines().skip(place.line as usize - 1).enumerate();
        from.take_while(|(at, line)| *at == 0 || !is_header(line))
            .map(|(_, line)| format!("{line}\n"))
            .collect()
    }

    fn hook(&self, tool: &Tool) -> Option<Place> {
        let file = self.file(".pre-commit-config.yaml")?;
        let document = self.repository.yaml(&file)?;
        let list =
            |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let hooks =
            list(&document, "repos").iter().flat_map(|source| list(source, "hooks")).collect::<Vec<_>>();
        let id =
            hooks.iter().filter_map(|hook| hook.get("id")?.as_str()).find(|id| tool.hooks.contains(id))?;
        Some(self.repository.place_of(&file, &format!("id: {id}")))
    }
}

/// `[section]`, not the rest of a list.
fn is_header(line: &str) -> bool {
    line.starts_with('[') && line.trim_end().ends_with(']') && line.len() > 2
}
