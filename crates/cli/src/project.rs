//! The project that a command is about: its folder, the facts, mainstay.toml and the manifest of one environment.

use crate::arguments::Common;
use crate::error::CliError;
use model::facts::Facts;
use model::id::{EnvironmentName, Scope};
use model::manifest::{Manifest, ManifestFile};
use std::path::{Path, PathBuf};

/// The file's name.
pub const MANIFEST: &str = "mainstay.toml";
/// The environment of a project that declares none.
const DEFAULT_ENVIRONMENT: &str = "dev";
/// The environment that generated files are for when none is named.
const PRODUCTION: &str = "production";

/// Everything that is known of the project here.
#[derive(Debug)]
pub struct Project {
    /// Its folder.
    pub root: PathBuf,
    /// The manifest of the chosen environment.
    pub manifest: Manifest,
}

/// A project's folder and its file, without detection.
#[derive(Debug)]
pub struct Folder {
    /// Its folder.
    pub root: PathBuf,
    /// The text of mainstay.toml, when there is one.
    pub text: Option<String>,
    /// What it says.
    pub file: ManifestFile,
}

impl Folder {
    /// The nearest folder upwards that has a mainstay.toml, else a `.git`, else the folder itself.
    ///
    /// # Errors
    /// When the folder is not there, or its file is wrong: all that is wrong with it.
    pub fn find(directory: &Path) -> Result<Self, CliError> {
        let start = host::files::real_path(directory)
            .map_err(|error| CliError::input(error.to_string()).hint("give the project's folder with -C"))?;
        let marked = |name: &str| start.ancestors().find(|folder| folder.join(name).exists());
        let root = marked(MANIFEST).or_else(|| marked(".git")).unwrap_or(&start).to_path_buf();
        let path = root.join(MANIFEST);
        if !path.exists() {
            return Ok(Self { root, text: None, file: ManifestFile::default() });
        }
        let text = host::files::read_text(&path).map_err(|error| CliError::input(error.to_string()))?;
        let file = artifact::manifest::parse(&text).map_err(|problems| wrong_file(&problems))?;
        Ok(Self { root, text: Some(text), file })
    }

    /// The environment that is meant.
    ///
    /// # Errors
    /// When the file has several and none was chosen.
    pub fn environment(&self, wanted: Option<&EnvironmentName>) -> Result<EnvironmentName, CliError> {
        if let Some(name) = wanted {
            return Ok(name.clone());
        }
        let mut names = self.file.environments.keys();
        match (names.next(), names.next()) {
            (None, _) => Ok(EnvironmentName::nearest(DEFAULT_ENVIRONMENT).expect("a valid name")),
            (Some(only), None) => Ok(only.clone()),
            (Some(_), Some(_)) => {
                let all: Vec<&str> = self.file.environments.keys().map(EnvironmentName::as_str).collect();
                Err(CliError::input(format!("{MANIFEST} has several environments: {}", all.join(", ")))
                    .hint("choose one with --environment"))
            }
        }
    }

    /// The environment that generated files are for: the one that is named, production, or the only one.
    ///
    /// # Errors
    /// When the file has several, none of them production, and none was chosen.
    pub fn shipped(&self, wanted: Option<&EnvironmentName>) -> Result<EnvironmentName, CliError> {
        let production = EnvironmentName::nearest(PRODUCTION).expect("a valid name");
        let known = &self.file.environments;
        if wanted.is_none() && (known.is_empty() || known.contains_key(&production)) {
            return Ok(production);
        }
        self.environment(wanted)
    }

    /// What is in the repository.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub fn facts(&self) -> Result<Facts, CliError> {
        let tree = host::DiskTree::open(&self.root)?;
        Ok(detect::scan(&tree))
    }
}

impl Project {
    /// Looks at the repository and completes the manifest.
    ///
    /// # Errors
    /// When the folder, the file or what is in it will not do.
    pub fn load(common: &Common) -> Result<Self, CliError> {
        let folder = Folder::find(&common.directory)?;
        let environment = folder.environment(common.environment.as_ref())?;
        let facts = folder.facts()?;
        let mut manifest = planner::draft(&facts, &folder.file, &environment)?;
        if let Some(target) = common.target {
            manifest.environment.target = target;
        }
        if let Some(tls) = &mut manifest.environment.tls {
            // The proxy runs elsewhere: paths of the file are meant from its folder.
            tls.certificate = folder.root.join(&tls.certificate);
            tls.key = folder.root.join(&tls.key);
        }
        Ok(Self { root: folder.root, manifest })
    }

    /// The scope of the chosen environment.
    pub fn scope(&self) -> Scope {
        self.manifest.scope()
    }
}

/// Every problem of a mainstay.toml as one error.
pub fn wrong_file(problems: &[artifact::manifest::Problem]) -> CliError {
    let lines = problems.iter().map(|problem| {
        let suggestion = problem.suggestion.as_ref().map(|text| format!("; {text}")).unwrap_or_default();
        format!("{MANIFEST}:{}:{}: {}{suggestion}", problem.line, problem.column, problem.message)
    });
    let error = CliError::input(lines.collect::<Vec<_>>().join("\n"));
    error.hint("`mainstay schema` prints what may stand in it")
}
