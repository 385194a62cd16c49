//! One piece of work on a release: where, with which interpreter, in which environment.

use super::runtime::Found;
use super::site::Site;
use crate::driver::{Progress, Variables};
use crate::error::DriverError;
use crate::tool::{self, Tool};
use host::environment;
use host::files;
use host::paths::Home;
use host::process::Command;
use model::Secret;
use model::event::FailureKind;
use model::facts::{Framework, PackageManager};
use std::path::{Path, PathBuf};

/// What installing and building work with.
pub(super) struct Work<'a> {
    pub(super) home: &'a Home,
    pub(super) site: Site<'a>,
    pub(super) found: Option<Found>,
    /// The folder of layers.
    pub(super) layers: PathBuf,
    /// The name of the service's layer.
    pub(super) layer: &'a str,
}

impl Work<'_> {
    /// The environment of package managers: caches that all releases share, the release's own programs first.
    pub(super) fn environment(&self, tools: Option<&Path>) -> Variables {
        let mut variables = tool::base_environment();
        let cache = self.home.cache();
        let mut set = |name: &str, value: String| variables.insert(name.into(), Secret::new(value));
        for (name, folder) in CACHES {
            set(name, cache.join(folder).display().to_string());
        }
        for (name, value) in ALWAYS {
            set(name, (*value).into());
        }
        let manager = self.site.service.build.package_manager;
        if manager == Some(PackageManager::Yarn) {
            // Berry would take it for the folder of the archives that a repository may bring along.
            set("YARN_CACHE_FOLDER", cache.join("yarn").display().to_string());
        }
        if manager == Some(PackageManager::YarnBerry) {
            set(YARN_LINKER.0, YARN_LINKER.1.into());
        }
        if manager == Some(PackageManager::Pnpm) {
            // Older versions read one form, newer ones the other. Hard links into the store would let a generator that
            // writes into `node_modules` change every other release.
            for prefix in ["npm_config", "pnpm_config"] {
                set(&format!("{prefix}_store_dir"), cache.join("pnpm").display().to_string());
                set(&format!("{prefix}_package_import_method"), "clone-or-copy".into());
            }
        }
        if self.site.service.framework == Some(Framework::CreateReactApp) {
            // It takes every warning for an error when this is true.
            set("CI", "false".into());
        }
        if let Some(file) = user_file(".npmrc") {
            set("npm_config_userconfig", file);
        }
        set("PATH", self.path(tools));
        if let Some(venv) = self.venv() {
            set("VIRTUAL_ENV", venv.display().to_string());
            set("UV_PROJECT_ENVIRONMENT", venv.display().to_string());
        }
        variables
    }

    /// The release's own programs, then a package manager's, then the interpreter's, then what the caller has.
    pub(super) fn path(&self, tools: Option<&Path>) -> String {
        self.path_before(tools, &environment::search_path())
    }

    /// The same for what runs later: it must not depend on where the person who deployed keeps programs.
    pub(super) fn path_of_instances(&self) -> String {
        self.path_before(None, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    }

    fn path_before(&self, tools: Option<&Path>, rest: &str) -> String {
        let own = self.site.programs().into_iter();
        let interpreter = self.found.as_ref().map(Found::folder);
        let mut folders: Vec<String> = own
            .chain(tools.map(Path::to_owned))
            .chain(interpreter)
            .map(|folder| folder.display().to_string())
            .collect();
        for folder in rest.split(':') {
            if !folders.iter().any(|known| known == folder) {
                folders.push(folder.to_owned());
            }
        }
        folders.join(":")
    }

    /// The virtual environment that the service uses.
    pub(super) fn venv(&self) -> Option<PathBuf> {
        let root = self.site.source();
        let start = self.site.install_directory();
        let folders = start.ancestors().take_while(|folder| folder.starts_with(&root));
        folders.map(|folder| folder.join(".venv")).find_map(|venv| files::real_path(&venv).ok())
    }

    /// Runs a shell command line as part of the build.
    ///
    /// # Errors
    /// When it fails; the evidence holds its last lines.
    pub(super) fn run(
        &self,
        line: &str,
        folder: &Path,
        environment: Variables,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        self.run_hiding(line, folder, environment, &Variables::new(), progress)
    }

    /// Like [`Work::run`]; `secrets` are taken out of what it says.
    pub(super) fn run_hiding(
        &self,
        line: &str,
        folder: &Path,
        environment: Variables,
        secrets: &Variables,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        let place = folder.strip_prefix(self.site.source()).unwrap_or(folder).display().to_string();
        let title = if place.is_empty() { format!("`{line}`") } else { format!("`{line}` in {place}") };
        progress.line(&format!("$ {line}"));
        let command = Command::new("/bin/sh", folder).args(["-c", line]).env(environment);
        Tool { command, kind: FailureKind::Build, title, secrets }.run(progress).map(|_| ())
    }
}

/// Yarn berry installs folders also where the repository says Plug'n'Play: a release then holds all that it runs with, and
/// its programs start without yarn. The lock file is the same (yarnpkg.com, "nodeLinker").
pub(super) const YARN_LINKER: (&str, &str) = ("YARN_NODE_LINKER", "node-modules");

/// Variables of caches with their folder under the cache.
const CACHES: &[(&str, &str)] = &[
    ("BUN_INSTALL_CACHE_DIR", "bun"),
    ("PDM_CACHE_DIR", "pdm"),
    ("PIPENV_CACHE_DIR", "pipenv"),
    ("PIP_CACHE_DIR", "pip"),
    ("POETRY_CACHE_DIR", "poetry"),
    ("UV_CACHE_DIR", "uv"),
    ("YARN_GLOBAL_FOLDER", "yarn-berry"),
    ("npm_config_cache", "npm"),
];

const ALWAYS: &[(&str, &str)] = &[
    ("CI", "1"),
    ("HUSKY", "0"),
    ("NEXT_TELEMETRY_DISABLED", "1"),
    ("DISABLE_OPENCOLLECTIVE", "1"),
    ("ADBLOCK", "1"),
    ("NO_COLOR", "1"),
    ("NO_UPDATE_NOTIFIER", "1"),
    ("PDM_CHECK_UPDATE", "0"),
    ("PIPENV_NOSPIN", "1"),
    ("PIPENV_VERBOSITY", "-1"),
    ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
    ("PIP_NO_INPUT", "1"),
    ("PIP_PROGRESS_BAR", "off"),
    ("PIP_ROOT_USER_ACTION", "ignore"),
    ("POETRY_NO_INTERACTION", "1"),
    ("UV_NO_PROGRESS", "1"),
    ("UV_PYTHON_DOWNLOADS", "never"),
    ("npm_config_audit", "false"),
    ("npm_config_fund", "false"),
    ("npm_config_progress", "false"),
    ("npm_config_update_notifier", "false"),
];

/// A file of the user's own home folder, where build tools that get another home would not find it.
fn user_file(name: &str) -> Option<String> {
    let file = PathBuf::from(environment::variable("HOME")?).join(name);
    file.is_file().then(|| file.display().to_string())
}
