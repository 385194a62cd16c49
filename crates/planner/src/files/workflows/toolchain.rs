//! The runtime and the package manager of a job: the versions that the images have, with a cache by lock file.

use super::action::Action;
use super::group::Group;
use super::{registry, step};
use crate::files::base;
use crate::files::dockerfile::fallback;
use artifact::yaml::{Map, Node};
use model::facts::{PackageManager, Runtime};
use model::pip::{PipArgument, pip_arguments};

/// The runtime and the package manager.
pub(super) fn set_up(group: &Group<'_, '_>) -> Vec<Map> {
    let mut steps = Vec::new();
    let said = group.first().service.build.runtime.as_ref();
    if let Some(runtime) = group.first().runtime() {
        let line = base::line(runtime, said.and_then(|said| said.version.as_deref()));
        match runtime {
            Runtime::Node => node(group, line, &mut steps),
            Runtime::Python => python(group, line, &mut steps),
            Runtime::Bun => steps.push(bun(line)),
            Runtime::Deno => steps.push(deno(line)),
        }
    }
    steps
}

/// Installs dependencies, exactly as locked, in the folder of their lock file.
pub(super) fn install(group: &Group<'_, '_>, command: &str) -> Vec<Map> {
    let install = registry::opened(step::run("Install dependencies", command), group.first());
    let steps = std::iter::once(install).chain(environment_on_path(group));
    let elsewhere = group.install_folder() != group.folder();
    steps
        .map(|step| if elsewhere { step.set("working-directory", group.install_folder()) } else { step })
        .collect()
}

fn manager(group: &Group<'_, '_>) -> Option<PackageManager> {
    group.first().service.build.package_manager
}

/// The version that the repository asks for, as far as it is known.
fn version(group: &Group<'_, '_>) -> Option<String> {
    let known = group.first().fact?.package_manager.as_ref()?.version.as_deref()?;
    known.split('+').next().map(str::to_owned)
}

fn lockfile(group: &Group<'_, '_>) -> Option<String> {
    group.first().service.build.lockfile.clone()
}

fn node(group: &Group<'_, '_>, line: &str, steps: &mut Vec<Map>) {
    let mut cache = None;
    match manager(group) {
        Some(PackageManager::Npm) => cache = Some("npm"),
        Some(PackageManager::Pnpm) => {
            steps.push(pnpm(group));
            cache = Some("pnpm");
        }
        Some(PackageManager::Yarn) => cache = Some("yarn"),
        Some(PackageManager::YarnBerry) => {
            steps.push(step::run("Let the repository choose its yarn", "corepack enable"));
            cache = Some("yarn");
        }
        Some(PackageManager::Bun) => steps.push(bun(version(group).as_deref().unwrap_or("1"))),
        Some(PackageManager::Deno) => steps.push(deno(version(group).as_deref().unwrap_or("2"))),
        Some(
            PackageManager::Pip
            | PackageManager::Uv
            | PackageManager::Poetry
            | PackageManager::Pdm
            | PackageManager::Pipenv,
        )
        | None => {}
    }
    let inputs = Map::new().set("node-version", line);
    steps.push(Action::Node.with("Set up Node", cached(inputs, cache, lockfile(group))));
}

/// With a cache that is as old as its lock file.
fn cached(inputs: Map, cache: Option<&str>, lockfile: Option<String>) -> Map {
    match (cache, lockfile) {
        (Some(cache), Some(lockfile)) => inputs.set("cache", cache).set("cache-dependency-path", lockfile),
        (Some(_) | None, _) => inputs,
    }
}

/// A version in three parts stands in `packageManager`, where the action reads it and refuses a second one.
fn pnpm(group: &Group<'_, '_>) -> Map {
    let known = version(group);
    let inputs = match known {
        Some(known) if known.split('.').count() == 3 => {
            let folder = group.install_folder();
            Map::new().set("package_json_file", crate::files::blueprint::within(folder, "package.json"))
        }
        known => Map::new().set_some("version", known.or(fallback(PackageManager::Pnpm).map(str::to_owned))),
    };
    Action::Pnpm.with("Set up pnpm", inputs)
}

fn bun(line: &str) -> Map {
    Action::Bun.with("Set up Bun", Map::new().set("bun-version", line))
}

fn deno(line: &str) -> Map {
    Action::Deno.with("Set up Deno", Map::new().set("deno-version", line))
}

fn python(group: &Group<'_, '_>, line: &str, steps: &mut Vec<Map>) {
    let inputs = Map::new().set("python-version", line);
    let pipx = |kind: PackageManager| {
        let name = kind.as_str();
        let wanted = fallback(kind).map_or(String::new(), |version| format!("=={version}.*"));
        step::run(&format!("Set up {name}"), &format!("pipx install '{name}{wanted}'"))
    };
    let set_up = |inputs| Action::Python.with("Set up Python", inputs);
    match manager(group) {
        Some(PackageManager::Uv) => {
            let inputs = inputs
                .set_some("version", fallback(PackageManager::Uv).map(|line| format!("{line}.x")))
                .set("enable-cache", true)
                .set_some("cache-dependency-glob", lockfile(group));
            steps.push(Action::Uv.with("Set up uv and Python", inputs));
        }
        Some(kind @ (PackageManager::Poetry | PackageManager::Pipenv)) => {
            steps.push(pipx(kind));
            steps.push(set_up(cached(inputs, Some(kind.as_str()), lockfile(group))));
        }
        Some(PackageManager::Pdm) => {
            steps.push(set_up(inputs));
            steps.push(pipx(PackageManager::Pdm));
        }
        Some(PackageManager::Pip) => {
            let files = requirements(group);
            let inputs = match files.as_slice() {
                [] => inputs,
                [one] => inputs.set("cache", "pip").set("cache-dependency-path", one),
                several => inputs
                    .set("cache", "pip")
                    .set("cache-dependency-path", Node::Block(several.join("\n") + "\n")),
            };
            steps.push(set_up(inputs));
        }
        Some(
            PackageManager::Npm
            | PackageManager::Pnpm
            | PackageManager::Yarn
            | PackageManager::YarnBerry
            | PackageManager::Bun
            | PackageManager::Deno,
        )
        | None => steps.push(set_up(inputs)),
    }
}

/// The files that pip is told to read, from the root.
fn requirements(group: &Group<'_, '_>) -> Vec<String> {
    let command = group.install().unwrap_or_default();
    let files = pip_arguments(command.split_whitespace()).into_iter().filter_map(|argument| match argument {
        PipArgument::Requirements(file) => Some(file),
        PipArgument::Constraints(_) | PipArgument::Editable(_) | PipArgument::Other(_) => None,
    });
    files.map(|file| crate::files::blueprint::within(group.install_folder(), file)).collect()
}

/// Where an installer makes an environment of its own, its programs are found by their names as they are in the image.
fn environment_on_path(group: &Group<'_, '_>) -> Option<Map> {
    let folder = match manager(group)? {
        PackageManager::Uv | PackageManager::Pdm => "$PWD/.venv",
        PackageManager::Poetry => "$(poetry env info --path)",
        PackageManager::Pipenv => "$(pipenv --venv)",
        PackageManager::Pip
        | PackageManager::Npm
        | PackageManager::Pnpm
        | PackageManager::Yarn
        | PackageManager::YarnBerry
        | PackageManager::Bun
        | PackageManager::Deno => return None,
    };
    Some(step::run("Find its programs by name", &format!("echo \"{folder}/bin\" >> \"$GITHUB_PATH\"")))
}
