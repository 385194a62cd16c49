//! How each package manager installs in a build: everything, and only what runs.

use super::super::{Blueprint, blueprint::Unit};
use super::given::Given;
use artifact::dockerfile::{Instruction, Mount};
use model::facts::{PackageManager, Runtime};

/// Versions that are installed where the repository names none.
const PNPM: &str = "10";
const YARN: &str = "1.22.22";
const BERRY: &str = "4";
const BUN: &str = "1";
const UV: &str = "0.9";
const POETRY: &str = "2.2";
const PDM: &str = "2.26";
const PIPENV: &str = "2025.0.4";

/// The version of a package manager where the repository names none; `None` for one that comes with its runtime.
pub const fn fallback(kind: PackageManager) -> Option<&'static str> {
    match kind {
        PackageManager::Pnpm => Some(PNPM),
        PackageManager::Yarn => Some(YARN),
        PackageManager::Uv => Some(UV),
        PackageManager::Poetry => Some(POETRY),
        PackageManager::Pdm => Some(PDM),
        PackageManager::Pipenv => Some(PIPENV),
        PackageManager::Npm
        | PackageManager::YarnBerry
        | PackageManager::Bun
        | PackageManager::Deno
        | PackageManager::Pip => None,
    }
}

/// What a package manager is told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Manager {
    /// Puts it into the build image, when the base image does not have it.
    pub(super) setup: Option<String>,
    /// Installs everything.
    pub(super) all: String,
    /// Installs what runs.
    pub(super) production: String,
    /// The folder it keeps between builds.
    pub(super) cache: &'static str,
}

/// What a service asks of its package manager.
struct Wish<'u> {
    install: &'u str,
    version: Option<&'u str>,
    /// The service's folder, when the installation is that of a workspace around it.
    member: Option<&'u str>,
    runs_on_node: bool,
}

impl Wish<'_> {
    /// The version that the repository names, or this one.
    fn version(&self, fallback: &str) -> String {
        self.version.and_then(|version| version.split('+').next()).unwrap_or(fallback).to_owned()
    }

    /// The installation with an option.
    fn with(&self, option: &str) -> String {
        format!("{} {option}", self.install)
    }

    fn manager(&self, setup: Option<String>, production: String, cache: &'static str) -> Manager {
        Manager { setup, all: self.install.to_owned(), production, cache }
    }
}

/// The package manager of a service.
pub(super) fn of(unit: &Unit<'_>) -> Option<Manager> {
    let recipe = &unit.service.build;
    let fact = unit.fact.and_then(|fact| fact.package_manager.as_ref());
    let wish = Wish {
        install: recipe.install.as_deref()?,
        version: fact.and_then(|manager| manager.version.as_deref()),
        member: (recipe.install_path != unit.service.path).then_some(unit.service.path.as_str()),
        runs_on_node: recipe.runtime.as_ref().is_none_or(|line| line.name == Runtime::Node),
    };
    let kind = recipe.package_manager?;
    of_node(kind, &wish).or_else(|| of_python(kind, &wish))
}

fn of_node(kind: PackageManager, wish: &Wish<'_>) -> Option<Manager> {
    Some(match kind {
        PackageManager::Npm => {
            let member = |path| format!("--omit=dev --workspace={path} --include-workspace-root");
            let option = wish.member.map_or_else(|| "--omit=dev".to_owned(), member);
            wish.manager(None, wish.with(&option), "/root/.npm")
        }
        PackageManager::Pnpm => {
            // Without the braces it would not be the member with what it needs of the workspace, but the member alone.
            let member = |path| format!("--prod --filter '{{./{path}}}...'");
            let option = wish.member.map_or_else(|| "--prod".to_owned(), member);
            let setup = npm("pnpm", &wish.version(PNPM));
            wish.manager(Some(setup), wish.with(&option), "/root/.local/share/pnpm/store")
        }
        PackageManager::Yarn => {
            let setup = npm("yarn", &wish.version(YARN));
            wish.manager(Some(setup), wish.with("--production"), "/usr/local/share/.cache/yarn")
        }
        PackageManager::YarnBerry => {
            let version = wish.version(BERRY);
            let production = focus(&version, wish.member).unwrap_or_else(|| wish.install.to_owned());
            wish.manager(Some(berry(&version)), production, "/root/.yarn/berry/cache")
        }
        PackageManager::Bun => {
            // Its own images have it, and no npm.
            let setup = wish.runs_on_node.then(|| npm("bun", &wish.version(BUN)));
            wish.manager(setup, wish.with("--production"), "/root/.bun/install/cache")
        }
        PackageManager::Deno
        | PackageManager::Pip
        | PackageManager::Uv
        | PackageManager::Poetry
        | PackageManager::Pdm
        | PackageManager::Pipenv => return None,
    })
}

fn of_python(kind: PackageManager, wish: &Wish<'_>) -> Option<Manager> {
    let pip = |package: &str, version: &str| {
        Some(format!("pip install --no-cache-dir --root-user-action=ignore '{package}=={version}'"))
    };
    let line = |version: &str| format!("{version}.*");
    let once = |option| once(wish.install, option);
    Some(match kind {
        PackageManager::Pip => wish.manager(None, wish.install.to_owned(), "/root/.cache/pip"),
        PackageManager::Uv => wish.manager(pip("uv", &line(UV)), once("--no-dev"), "/root/.cache/uv"),
        PackageManager::Poetry => {
            let version = wish.version(POETRY);
            let setup = pip("poetry", &line(newer(&version, POETRY)));
            wish.manager(setup, once("--only main"), "/root/.cache/pypoetry")
        }
        PackageManager::Pdm => {
            // With the newest of all that it depends on it does not always run (pdm-project.org, "Installation").
            wish.manager(pip("pdm[locked]", &line(PDM)), once("--prod"), "/root/.cache/pdm")
        }
        PackageManager::Pipenv => {
            wish.manager(pip("pipenv", PIPENV), wish.install.to_owned(), "/root/.cache/pipenv")
        }
        PackageManager::Npm
        | PackageManager::Pnpm
        | PackageManager::Yarn
        | PackageManager::YarnBerry
        | PackageManager::Bun
        | PackageManager::Deno => return None,
    })
}

/// Puts a package manager of Node beside npm, for what a service builds besides itself.
pub(super) fn setup_of_node(kind: PackageManager) -> Option<String> {
    match kind {
        PackageManager::Pnpm => Some(npm("pnpm", PNPM)),
        PackageManager::Yarn => Some(npm("yarn", YARN)),
        PackageManager::YarnBerry => Some(berry(BERRY)),
        PackageManager::Bun => Some(npm("bun", BUN)),
        PackageManager::Npm
        | PackageManager::Deno
        | PackageManager::Pip
        | PackageManager::Uv
        | PackageManager::Poetry
        | PackageManager::Pdm
        | PackageManager::Pipenv => None,
    }
}

/// The Node images have a yarn already, in the way of which it is put.
fn npm(package: &str, version: &str) -> String {
    let force = if package == "yarn" { " --force" } else { "" };
    format!("npm install --global {package}@{version}{force}")
}

/// From version 2 on it has a package of its own. Where the repository brings its yarn along, this one starts that.
fn berry(version: &str) -> String {
    format!("npm install --global --force @yarnpkg/cli-dist@{version}")
}

/// What of a workspace runs; `None` before version 4, in which that was a plugin.
fn focus(version: &str, workspace: Option<&str>) -> Option<String> {
    let has_it = numbers(version).first().is_some_and(|major| *major >= 4);
    let go = workspace.map_or(String::new(), |path| format!("cd {path} && "));
    has_it.then(|| format!("{go}yarn workspaces focus --production"))
}

/// The newer of two versions: what wrote a lock file reads it, and so does what came later.
fn newer<'v>(known: &'v str, tried: &'v str) -> &'v str {
    if numbers(known) > numbers(tried) { known } else { tried }
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

/// With an option that may stand there already.
fn once(install: &str, option: &str) -> String {
    if install.contains(option) { install.to_owned() } else { format!("{install} {option}") }
}

/// Runs an installation, in its own folder, with the files that it reads and nothing of the rest: a change of the sources does
/// not repeat it.
pub(super) fn install_step(
    blueprint: &Blueprint<'_>,
    unit: &Unit<'_>,
    manager: &Manager,
    command: &str,
) -> impl Iterator<Item = Instruction> {
    // Whatever it is told, yarn writes a manifest again that is not laid out as it would.
    let rewrites = unit.service.build.package_manager == Some(PackageManager::YarnBerry);
    let bind = |source: String| {
        let writable = rewrites && model::path::file_name(&source) == "package.json";
        Mount::Bind { source, writable }
    };
    let mut mounts: Vec<Mount> = inputs(unit).into_iter().map(bind).collect();
    mounts.push(Mount::Cache { target: manager.cache.into(), locked: manager.cache.ends_with(".npm") });
    let command = match unit.installation() {
        "." => command.to_owned(),
        folder => format!("cd {folder} && {command}"),
    };
    Given::to_install(blueprint, unit).run(mounts, command)
}

/// Whether it is known which files an installation reads.
pub(super) fn has_inputs(unit: &Unit<'_>) -> bool {
    !inputs(unit).is_empty()
}

/// The files that an installation reads, from the context.
fn inputs(unit: &Unit<'_>) -> Vec<String> {
    let known = unit.fact.map(|fact| fact.install_inputs.as_slice()).unwrap_or_default();
    let prefix = if unit.context == "." { String::new() } else { format!("{}/", unit.context) };
    let inside = known.iter().filter_map(|path| path.strip_prefix(&prefix));
    inside.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_decide_what_is_said() {
        assert_eq!(
            focus("4.12.0", Some("apps/web")).as_deref(),
            Some("cd apps/web && yarn workspaces focus --production")
        );
        assert_eq!(focus("3.6.4", None), None);
        assert_eq!(newer("2.5.1", "2.2"), "2.5.1");
        assert_eq!(newer("1.8.3", "2.2"), "2.2");
    }
}
