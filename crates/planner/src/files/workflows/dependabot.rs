//! `dependabot.yml`: updates of dependencies, images and actions, together once a week, a week after they came out.

use super::group::Group;
use super::header;
use crate::files::blueprint::Blueprint;
use crate::files::{dockerfile, kubernetes};
use artifact::yaml::{Map, Node, flow, list};
use model::facts::PackageManager;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let mut folders: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for group in Group::all(blueprint) {
        if let Some(ecosystem) = group.first().service.build.package_manager.and_then(ecosystem) {
            folders.entry(ecosystem).or_default().insert(directory(group.install_folder()));
        }
    }
    for unit in blueprint.units.iter().filter(|unit| dockerfile::builds(unit)) {
        let folder = unit.dockerfile.rsplit_once('/').map_or(".", |(folder, _)| folder);
        folders.entry("docker").or_default().insert(directory(folder));
    }
    if blueprint.stores.iter().any(|store| store.image.is_some()) {
        folders.entry("docker").or_default().insert(directory(kubernetes::FOLDER));
    }
    folders.entry("docker-compose").or_default().insert(directory("."));
    folders.entry("github-actions").or_default().insert(directory("."));
    let updates: Vec<Map> =
        folders.into_iter().enumerate().map(|(at, (name, folders))| update(name, folders, at == 0)).collect();
    Map::new()
        .set("version", 2)
        .gap()
        .set("updates", list(updates))
        .document(&header(blueprint, "updates of dependencies, images and actions."))
}

/// The word for a package manager; `None` for one that Dependabot does not know.
const fn ecosystem(manager: PackageManager) -> Option<&'static str> {
    match manager {
        PackageManager::Npm | PackageManager::Pnpm | PackageManager::Yarn | PackageManager::YarnBerry => {
            Some("npm")
        }
        PackageManager::Bun => Some("bun"),
        PackageManager::Uv => Some("uv"),
        PackageManager::Pip | PackageManager::Poetry | PackageManager::Pipenv => Some("pip"),
        PackageManager::Pdm | PackageManager::Deno => None,
    }
}

fn directory(folder: &str) -> String {
    if folder == "." { "/".into() } else { format!("/{folder}") }
}

/// `explained`: what is the same everywhere is said once.
fn update(ecosystem: &str, folders: BTreeSet<String>, explained: bool) -> Map {
    let says = |map: Map, text: &str| if explained { map.comment(text) } else { map };
    let schedule = Map::new().set("interval", "weekly").set("day", "monday");
    let cooldown = says(Map::new(), "A release that was taken over is mostly found out in its first days.")
        .set("default-days", 7);
    let group =
        says(Map::new().set("patterns", flow(["*"])), "A new major version comes alone: it wants a look.")
            .set("update-types", flow(["minor", "patch"]));
    Map::new()
        .set("package-ecosystem", ecosystem)
        .set("directories", Node::List(folders.into_iter().map(Node::Text).collect()))
        .set("schedule", schedule)
        .set("cooldown", cooldown)
        .set("groups", Map::new().set(ecosystem, group))
        .set("open-pull-requests-limit", 5)
}
