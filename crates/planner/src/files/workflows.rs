//! GitHub Actions and Dependabot: every change is checked, scanned, and deployed by Mainstay only when its checks passed.
//!
//! No workflow puts `${{ }}` into a shell line: what is not ours comes in as a variable. Each job has the permissions that
//! it needs and no more, and each action is pinned by its commit.

mod action;
mod ci;
mod datastore;
mod dependabot;
mod deploy;
mod group;
mod image;
mod output;
mod registry;
mod remote;
mod security;
mod smoke;
mod step;
mod toolchain;
mod value;

use super::{Blueprint, GeneratedFile};
use ::artifact::yaml::{Map, Node, flow, list};

/// Where GitHub looks for workflows.
const FOLDER: &str = ".github/workflows";
/// A fixed release: `ubuntu-latest` moves on its own.
const RUNNER: &str = "ubuntu-24.04";

pub(super) fn files(blueprint: &Blueprint<'_>) -> Vec<GeneratedFile> {
    vec![
        GeneratedFile::new(format!("{FOLDER}/ci.yml"), ci::text(blueprint)),
        GeneratedFile::new(format!("{FOLDER}/security.yml"), security::text(blueprint)),
        GeneratedFile::new(format!("{FOLDER}/deploy.yml"), deploy::text(blueprint)),
        GeneratedFile::new(".github/dependabot.yml", dependabot::text(blueprint)),
    ]
}

/// The first lines of each file.
fn header(blueprint: &Blueprint<'_>, what: &str) -> String {
    format!(
        "{}: {what}\nWritten by `mainstay generate`, which keeps what you change here.",
        blueprint.project()
    )
}

/// The branches that are released from. GitHub wants their names, and a repository has one of these two.
fn branches() -> Node {
    flow(["main", "master"])
}

/// A workflow up to its jobs. Nothing is permitted but what a job asks for.
fn workflow(name: &str, on: Map, concurrency: Map) -> Map {
    Map::new()
        .set("name", name)
        .gap()
        .set("on", on)
        .gap()
        .set("permissions", Map::new())
        .gap()
        .set("concurrency", concurrency)
}

/// A job up to its steps.
fn job(name: &str, minutes: u16, permissions: Map) -> Map {
    Map::new()
        .set("name", name)
        .set("runs-on", RUNNER)
        .set("timeout-minutes", minutes)
        .set("permissions", permissions)
}

/// To read the code.
fn reads() -> Map {
    Map::new().set_with_note("contents", "read", "to check out")
}

fn steps(all: Vec<Map>) -> Node {
    list(all)
}
