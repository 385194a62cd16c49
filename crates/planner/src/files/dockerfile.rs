//! A Dockerfile and its `.dockerignore` for each service.
//!
//! Stages: `base`, `deps` (every dependency), `prod-deps` (what runs), `build`, `migrate` (run once before a release takes
//! traffic) and `runtime`, which has no package manager, runs as a numbered user and owns none of its files.

pub mod develop;
mod front;
mod given;
mod ignore;
mod launch;
mod lean;
mod manager;
mod next;
mod node;
mod python;
mod runtime;
mod site;

pub use launch::exec_form;
pub use manager::fallback;
pub use runtime::{health_command, page_command};
pub use site::CONFIGURATION as SITE_CONFIGURATION;

use super::{Blueprint, GeneratedFile, blueprint::Unit};
use artifact::dockerfile::{Dockerfile, Instruction, Stage};
use given::Given;
use model::facts::{Framework, Runtime};

/// The folder of the service's context in the image.
const APP: &str = "/app";

pub(super) fn files(blueprint: &Blueprint<'_>) -> Vec<GeneratedFile> {
    blueprint
        .units
        .iter()
        .filter_map(|unit| Some((unit, text(blueprint, unit)?)))
        .flat_map(|(unit, text)| {
            [
                GeneratedFile::new(&unit.dockerfile, text),
                GeneratedFile::new(&unit.dockerignore, ignore::text(blueprint, unit)),
            ]
        })
        .collect()
}

/// The Dockerfile of a service; `None` for one whose runtime we do not build, as one that has only a Dockerfile of its own.
pub fn text(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Option<String> {
    let stages = if unit.is_static() {
        site::stages(blueprint, unit)?
    } else {
        match unit.runtime()? {
            Runtime::Node | Runtime::Bun if is_standalone(unit) => next::stages(blueprint, unit),
            Runtime::Node | Runtime::Bun => node::stages(blueprint, unit),
            Runtime::Python => python::stages(blueprint, unit),
            Runtime::Deno => return None,
        }
    };
    let mut header = vec![
        format!("{}: built by `docker build -f {} {}`.", unit.name, unit.dockerfile, unit.context),
        "Written by `mainstay generate`, which keeps what you change here.".to_owned(),
    ];
    header.extend(given::about(unit));
    Some(Dockerfile { header, stages }.to_string())
}

/// Whether we build it: its runtime is one of ours, or it is files with a known place.
pub fn builds(unit: &Unit<'_>) -> bool {
    let known = matches!(unit.runtime(), Some(Runtime::Node | Runtime::Bun | Runtime::Python));
    if unit.is_static() {
        unit.service.build.command.is_none() || unit.service.output.is_some()
    } else {
        known
    }
}

/// Folders that a service may write, each with a name: empty at every start.
pub fn scratch(unit: &Unit<'_>) -> Vec<(&'static str, String)> {
    let cache = cache(unit).map(|folder| ("cache", folder));
    std::iter::once(("tmp", "/tmp".to_owned())).chain(cache).collect()
}

/// The folder in which the service's framework keeps what it has made of requests; it has to be writable.
fn cache(unit: &Unit<'_>) -> Option<String> {
    let next = unit.is(Framework::NextJs);
    next.then(|| if is_standalone(unit) { next::home(unit) } else { folder(unit) })
        .map(|home| format!("{home}/.next/cache"))
}

/// Whether Next.js puts what it needs beside its server (`output: "standalone"`).
fn is_standalone(unit: &Unit<'_>) -> bool {
    let start = unit.service.start.as_deref().unwrap_or_default();
    unit.is(Framework::NextJs) && start.contains(".next/standalone")
}

/// The folder of the service in the image.
fn folder(unit: &Unit<'_>) -> String {
    match unit.inner() {
        "." => APP.to_owned(),
        inner => format!("{APP}/{inner}"),
    }
}

/// The folder of its installation in the image.
fn installation(unit: &Unit<'_>) -> String {
    match unit.installation() {
        "." => APP.to_owned(),
        inner => format!("{APP}/{inner}"),
    }
}

/// Goes into the service's folder; the base stage stands in the context's already.
fn enter(unit: &Unit<'_>) -> Option<Instruction> {
    (unit.inner() != ".").then(|| Instruction::Workdir(folder(unit)))
}

/// The service's build command, in its folder. `after`: what must be there afterwards for the next stages.
fn build_step(stage: Stage, blueprint: &Blueprint<'_>, unit: &Unit<'_>, after: &str) -> Stage {
    let Some(command) = &unit.service.build.command else {
        return if after.is_empty() { stage } else { stage.run(after) };
    };
    let and = if after.is_empty() { "" } else { " && " };
    stage.all(Given::to_build(blueprint, unit).run(Vec::new(), format!("{command}{and}{after}")))
}
