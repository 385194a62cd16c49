//! Front ends that a service builds with its own build: Node, where the service itself runs on something else, and every
//! dependency, where the image says `production`.

use super::super::{Blueprint, base, blueprint::Unit};
use super::manager;
use artifact::dockerfile::{Instruction, Stage};
use model::facts::{PackageManager, Runtime};

/// The stage that Node is taken from.
const NODE: &str = "node";
/// What is linked there as programs.
const PROGRAMS: [(&str, &str); 2] = [("npm", "npm-cli.js"), ("npx", "npx-cli.js")];

/// Where Node comes from, for a service that does not run on it and whose build needs it.
pub(super) fn node(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Option<Stage> {
    let wanted = !runs_on_node(unit) && !unit.errand().managers.is_empty();
    let image = blueprint.pinned(&base::runtime(Runtime::Node, None));
    wanted.then(|| Stage::new(NODE, image, "What builds the front end."))
}

/// The stage of a build, with what its front end needs.
pub(super) fn build(from: &str, unit: &Unit<'_>) -> Stage {
    let stage = Stage::new("build", from, "");
    let errand = unit.errand();
    let mut others = errand.managers.iter().copied().filter(|manager| !brings(unit, *manager));
    if runs_on_node(unit) {
        let setup: Vec<String> = others.by_ref().filter_map(manager::setup_of_node).collect();
        let elsewhere = errand.folders.iter().any(|folder| *folder != unit.service.path);
        let whole = (elsewhere && !errand.managers.is_empty()).then(whole);
        return setup.iter().fold(stage, Stage::run).all(whole);
    }
    if errand.managers.is_empty() {
        return stage;
    }
    let links = PROGRAMS
        .map(|(name, file)| format!("ln -s ../lib/node_modules/npm/bin/{file} /usr/local/bin/{name}"));
    let stage = ["/usr/local/bin/node", "/usr/local/lib/node_modules"]
        .into_iter()
        .fold(stage, |stage, path| stage.copy_from(NODE, path, path))
        .run(links.join(" && "));
    others.filter_map(manager::setup_of_node).fold(stage, Stage::run)
}

/// Whether the service's own package manager answers to the name of another one: every yarn is called so.
fn brings(unit: &Unit<'_>, other: PackageManager) -> bool {
    unit.service
        .build
        .package_manager
        .is_some_and(|own| own == other || (own, other) == (PackageManager::YarnBerry, PackageManager::Yarn))
}

/// Takes the dependencies of a front end away, which nothing needs once it is built.
pub(super) fn clean(unit: &Unit<'_>) -> Option<String> {
    let built = !runs_on_node(unit) && !unit.errand().managers.is_empty();
    built.then(|| format!("find {} -name node_modules -type d -prune -exec rm -rf {{}} +", super::APP))
}

/// What builds the front end is mostly among what development needs, and `NODE_ENV=production` leaves that out.
fn whole() -> Instruction {
    let all =
        [("NPM_CONFIG_INCLUDE", "dev"), ("NPM_CONFIG_PRODUCTION", "false"), ("YARN_PRODUCTION", "false")];
    Instruction::Env(all.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
}

fn runs_on_node(unit: &Unit<'_>) -> bool {
    match unit.runtime() {
        Some(Runtime::Node | Runtime::Bun) => true,
        // Files are built on Node.
        None => unit.is_static(),
        Some(Runtime::Deno | Runtime::Python) => false,
    }
}
