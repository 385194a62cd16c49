//! Package managers that are not on the machine, installed once from their registry into Mainstay's own folder.

use super::layer::Layer;
use super::work::Work;
use crate::driver::Progress;
use crate::error::DriverError;
use crate::tool;
use host::files;
use host::process::{Command, find_program};
use model::event::FailureKind;
use model::facts::PackageManager;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The folder of a service's package manager, for the path; `None` when the machine has it.
///
/// # Errors
/// When it is missing and cannot be installed; says how to get it.
pub(super) fn for_manager(
    work: &Work<'_>,
    progress: &mut dyn Progress,
) -> Result<Option<PathBuf>, DriverError> {
    let Some(manager) = work.site.service.build.package_manager else { return Ok(None) };
    let Some(program) = program(manager) else { return Ok(None) };
    let version = wanted_version(manager, &work.site.install_directory());
    if on_machine(work, manager, program, version.as_deref()) {
        return Ok(None);
    }
    let Some(package) = package(manager) else {
        return Err(missing(program, manager));
    };
    let package = package.of(version.as_deref());
    let tool = Layer::take(&work.home.tools(), &folder(work, manager, version.as_deref()))?;
    let bin = tool.folder.join("bin");
    if !tool.is_complete() {
        progress
            .line(&format!("{program} is not on this machine; installing {package} for Mainstay's own use"));
        let (script, inner) = if is_python(manager) {
            let python = work
                .found
                .as_ref()
                .map_or_else(|| "python3".into(), |found| found.program.display().to_string());
            (format!("'{python}' -m venv venv && venv/bin/pip install -q '{package}'"), "venv/bin")
        } else {
            (format!("npm install --no-save --prefix . {package}"), "node_modules/.bin")
        };
        work.run(&script, &tool.folder, work.environment(None), progress).map_err(|error| {
            let get = missing(program, manager).0.advice.unwrap_or_default();
            error.advise(get)
        })?;
        files::make_dir(&bin, 0o755)?;
        files::link(&Path::new("..").join(inner).join(program), &bin.join(program))?;
        tool.complete()?;
    }
    Ok(Some(bin))
}

/// A service's package manager as Mainstay has it for itself, when `name` is that and it was installed.
pub(super) fn own(work: &Work<'_>, name: &str) -> Option<PathBuf> {
    let manager =
        work.site.service.build.package_manager.filter(|manager| program(*manager) == Some(name))?;
    let version = wanted_version(manager, &work.site.install_directory());
    let file = work.home.tools().join(folder(work, manager, version.as_deref())).join("bin").join(name);
    file.exists().then_some(file)
}

/// The name of the folder that a package manager is installed in. Environments of Python belong to one interpreter.
fn folder(work: &Work<'_>, manager: PackageManager, version: Option<&str>) -> String {
    let default = package(manager).and_then(|package| package.default);
    let mut name = manager.as_str().to_owned();
    if let Some(version) = version.or(default) {
        name = format!("{name}-{version}");
    }
    if let (true, Some(found)) = (is_python(manager), &work.found) {
        name = format!("{name}-python{}", found.line());
    }
    name
}

fn program(manager: PackageManager) -> Option<&'static str> {
    match manager {
        PackageManager::Npm => Some("npm"),
        PackageManager::Pnpm => Some("pnpm"),
        PackageManager::Yarn | PackageManager::YarnBerry => Some("yarn"),
        PackageManager::Bun => Some("bun"),
        PackageManager::Deno => Some("deno"),
        PackageManager::Uv => Some("uv"),
        PackageManager::Poetry => Some("poetry"),
        PackageManager::Pdm => Some("pdm"),
        PackageManager::Pipenv => Some("pipenv"),
        PackageManager::Pip => None,
    }
}

fn is_python(manager: PackageManager) -> bool {
    matches!(
        manager,
        PackageManager::Uv | PackageManager::Poetry | PackageManager::Pdm | PackageManager::Pipenv
    )
}

/// What brings a package manager, in its registry.
struct Package {
    name: &'static str,
    /// Between name and version.
    separator: &'static str,
    /// The version where the repository names none; `None` is the newest.
    default: Option<&'static str>,
}

impl Package {
    fn of(&self, version: Option<&str>) -> String {
        version.or(self.default).map_or_else(
            || self.name.to_owned(),
            |version| format!("{}{}{version}", self.name, self.separator),
        )
    }
}

/// The package that brings a manager; `None` when no registry has it.
fn package(manager: PackageManager) -> Option<Package> {
    let npm = |name, default| Some(Package { name, separator: "@", default: Some(default) });
    let python = |name| Some(Package { name, separator: "==", default: None });
    match manager {
        PackageManager::Pnpm => npm("pnpm", "9"),
        PackageManager::Yarn => npm("yarn", "1.22.22"),
        PackageManager::YarnBerry => npm("@yarnpkg/cli-dist", "4"),
        PackageManager::Bun => npm("bun", "1"),
        PackageManager::Uv => python("uv"),
        PackageManager::Poetry => python("poetry"),
        // Without this the newest of everything that it depends on comes along, and it does not run with some of that
        // (pdm-project.org, "Recommended installation method").
        PackageManager::Pdm => python("pdm[locked]"),
        PackageManager::Pipenv => python("pipenv"),
        PackageManager::Npm | PackageManager::Deno | PackageManager::Pip => None,
    }
}

/// What `packageManager` in `package.json` says, else what the lock file's format implies.
fn wanted_version(manager: PackageManager, folder: &Path) -> Option<String> {
    let text = files::read_text(&folder.join("package.json")).unwrap_or_default();
    let manifest: Value = serde_json::from_str(&text).unwrap_or_default();
    let stated = manifest["packageManager"].as_str().and_then(|text| text.split_once('@'));
    if let Some((name, version)) = stated
        && Some(name) == program(manager)
    {
        let version: String = version.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        return (!version.is_empty()).then_some(version);
    }
    if manager != PackageManager::Pnpm {
        return None;
    }
    let lock = files::read_text(&folder.join("pnpm-lock.yaml")).ok()?;
    let format = lock.lines().find_map(|line| line.strip_prefix("lockfileVersion:"))?;
    Some(match format.trim().trim_matches(['\'', '"']) {
        "5.3" | "5.4" => "7".into(),
        "6.0" | "6.1" => "8".into(),
        _ => "9".into(),
    })
}

/// Whether the machine's own one will do. Versions matter where lock files of one are not read by another.
fn on_machine(work: &Work<'_>, manager: PackageManager, program: &str, version: Option<&str>) -> bool {
    let path = work.path(None);
    let Some(found) = find_program(program, &path) else { return false };
    let major = match manager {
        PackageManager::Yarn => "1",
        PackageManager::YarnBerry if work.site.install_directory().join(".yarn/releases").is_dir() => {
            return true;
        }
        PackageManager::YarnBerry => version.unwrap_or("4"),
        PackageManager::Pnpm => version.unwrap_or("9"),
        PackageManager::Npm
        | PackageManager::Bun
        | PackageManager::Deno
        | PackageManager::Pip
        | PackageManager::Uv
        | PackageManager::Poetry
        | PackageManager::Pdm
        | PackageManager::Pipenv => return true,
    };
    let major = major.split('.').next().unwrap_or(major);
    // Outside of the project: shims would answer with the project's version without having it.
    let mut question =
        Command::new(found.to_string_lossy(), "/").args(["--version"]).env(tool::base_environment());
    question = question.var("PATH", path);
    let answer = tool::ask(&question).ok().filter(|answer| answer.exit.success());
    let said = answer.and_then(|answer| answer.out.first().cloned()).unwrap_or_default();
    // pnpm 10 reads what pnpm 9 wrote.
    said.split('.').next() == Some(major)
        || (manager == PackageManager::Pnpm && major == "9" && said.starts_with("10."))
}

fn missing(program: &str, manager: PackageManager) -> DriverError {
    let get = match manager {
        PackageManager::Npm => "apt-get install npm".to_owned(),
        PackageManager::Pnpm | PackageManager::Yarn | PackageManager::YarnBerry | PackageManager::Bun => {
            format!("npm install -g {program}")
        }
        PackageManager::Deno => "curl -fsSL https://deno.land/install.sh | sh".to_owned(),
        PackageManager::Uv | PackageManager::Poetry | PackageManager::Pdm | PackageManager::Pipenv => {
            format!("pipx install {program}")
        }
        PackageManager::Pip => "apt-get install python3-venv".to_owned(),
    };
    DriverError::new(FailureKind::Build, format!("{program} is not on this machine"))
        .advise(format!("install it: `{get}`"))
}
