//! Installing the dependencies of JavaScript services.
//!
//! npm writes plain folders, so one installation is kept as a layer and copied into each release. It is made without
//! scripts: those that a dependency needs (`npm rebuild`) and the project's own (`postinstall`, `prepare`) run in every
//! release, where the sources are that they may want. Copies are real ones: generators write into `node_modules`, and
//! with hard links they would write into the layer. The other package managers install in the release from a cache of
//! their own that all releases share.

use super::work::Work;
use super::{layer::Layer, tools, words};
use crate::driver::Progress;
use crate::error::DriverError;
use host::files;
use model::facts::PackageManager;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// The project's own scripts that `npm ci` runs, in its order (docs.npmjs.com, "scripts", life cycle operation order).
const OWN_SCRIPTS: [&str; 8] = [
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
    "dependencies",
];

/// Files in the install folder that decide what an installation gives.
///
/// # Errors
/// When a folder cannot be read.
pub(super) fn deciding_files(folder: &Path) -> Result<Vec<String>, DriverError> {
    const ALWAYS: [&str; 14] = [
        ".npmrc",
        ".pnpmfile.cjs",
        ".yarnrc",
        ".yarnrc.yml",
        "bun.lock",
        "bun.lockb",
        "bunfig.toml",
        "deno.lock",
        "npm-shrinkwrap.json",
        "package-lock.json",
        "package.json",
        "pnpm-lock.yaml",
        "pnpm-workspace.yaml",
        "yarn.lock",
    ];
    let mut names: Vec<String> = ALWAYS.map(str::to_owned).to_vec();
    for patches in ["patches", ".yarn/patches"] {
        names
            .extend(files::names(&folder.join(patches))?.into_iter().map(|name| format!("{patches}/{name}")));
    }
    if let Some(lock) = Lock::read(folder) {
        names.extend(lock.local_manifests());
    }
    names.retain(|name| !folder.join(name).is_dir());
    Ok(names)
}

/// Installs the dependencies of the site's folder.
///
/// # Errors
/// When the package manager fails.
pub(super) fn install(
    work: &Work<'_>,
    command: &str,
    progress: &mut dyn Progress,
) -> Result<(), DriverError> {
    let folder = work.site.install_directory();
    let manager = work.site.service.build.package_manager;
    let lock = Lock::read(&folder);
    match (manager, lock) {
        (Some(PackageManager::Npm), Some(lock)) if is_plain_npm(command) && lock.stays_inside() => {
            layered(work, command, &lock, progress)
        }
        _ => {
            // With folders in its place a committed `.pnp.cjs` goes, and that `--immutable` would not allow.
            let leftover = |name: &&String| {
                *name == "node_modules"
                    || manager == Some(PackageManager::YarnBerry) && name.starts_with(".pnp.")
            };
            for tree in files::names(&folder)?.iter().filter(leftover) {
                files::remove_tree(&folder.join(tree))?;
            }
            let environment = work.environment(tools::for_manager(work, progress)?.as_deref());
            work.run(command, &folder, environment, progress)
        }
    }
}

fn layered(
    work: &Work<'_>,
    command: &str,
    lock: &Lock,
    progress: &mut dyn Progress,
) -> Result<(), DriverError> {
    let folder = work.site.install_directory();
    let environment = work.environment(None);
    let layer = Layer::take(&work.layers, work.layer)?;
    let trees = lock.trees();
    for tree in &trees {
        files::remove_tree(&folder.join(tree))?;
    }
    if layer.is_complete() {
        progress.line("dependencies of the same lock file are there already");
        for tree in trees.iter().filter(|tree| layer.folder.join(tree).is_dir()) {
            files::copy_tree(&layer.folder.join(tree), &folder.join(tree), None)?;
        }
        // As npm does when it makes the links to them.
        for program in lock.local_programs().iter().filter(|program| folder.join(program).is_file()) {
            files::set_mode(&folder.join(program), 0o755)?;
        }
    } else {
        let mut quiet = environment.clone();
        quiet.insert("npm_config_ignore_scripts".into(), model::Secret::new("true"));
        work.run(command, &folder, quiet, progress)?;
        for tree in trees.iter().filter(|tree| folder.join(tree).is_dir()) {
            files::copy_tree(&folder.join(tree), &layer.folder.join(tree), None)?;
        }
        layer.complete()?;
    }
    drop(layer);
    if lock.has_scripts() {
        work.run("npm rebuild", &folder, environment.clone(), progress)?;
    }
    for script in own_scripts(&folder) {
        work.run(&format!("npm run {script}"), &folder, environment.clone(), progress)?;
    }
    Ok(())
}

/// Whether a line is an installation by npm and nothing else.
fn is_plain_npm(command: &str) -> bool {
    let words::Line::Simple { words, .. } = words::read(command, None) else { return false };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["npm", "ci" | "install" | "i" | "clean-install", flags @ ..] => flags
            .iter()
            .all(|flag| flag.starts_with("--") && !flag.starts_with("--prefix") && *flag != "--global"),
        _ => false,
    }
}

fn own_scripts(folder: &Path) -> Vec<&'static str> {
    let text = files::read_text(&folder.join("package.json")).unwrap_or_default();
    let manifest: Value = serde_json::from_str(&text).unwrap_or_default();
    OWN_SCRIPTS.into_iter().filter(|name| manifest["scripts"][*name].is_string()).collect()
}

/// npm's lock file, version 2 or 3 (docs.npmjs.com, "package-lock.json").
struct Lock(Value);

impl Lock {
    fn read(folder: &Path) -> Option<Self> {
        let text = ["npm-shrinkwrap.json", "package-lock.json"]
            .iter()
            .find_map(|name| files::read_text(&folder.join(name)).ok())?;
        let value: Value = serde_json::from_str(&text).ok()?;
        value["packages"].is_object().then_some(Self(value))
    }

    fn packages(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0["packages"].as_object().into_iter().flatten()
    }

    /// Manifests of workspaces and linked folders, and local archives.
    fn local_manifests(&self) -> BTreeSet<String> {
        let folders =
            self.packages().map(|(path, _)| path).filter(|path| !path.is_empty() && !inside_modules(path));
        let archives =
            self.packages().filter_map(|(_, package)| package["resolved"].as_str()?.strip_prefix("file:"));
        folders.map(|path| format!("{path}/package.json")).chain(archives.map(str::to_owned)).collect()
    }

    /// Every `node_modules` folder that the installation makes, relative to the install folder.
    fn trees(&self) -> BTreeSet<String> {
        let mut trees = BTreeSet::from(["node_modules".to_owned()]);
        for (path, _) in self.packages().filter(|(path, _)| inside_modules(path)) {
            if let Some(at) = path.find("node_modules") {
                trees.insert(path[..at + "node_modules".len()].to_owned());
            }
        }
        trees
    }

    fn has_scripts(&self) -> bool {
        self.packages().any(|(_, package)| package["hasInstallScript"] == true)
    }

    /// Programs of workspaces: their files are in the release, not in a layer.
    fn local_programs(&self) -> Vec<String> {
        let local = self.packages().filter(|(path, _)| !inside_modules(path));
        let programs = local.flat_map(|(path, package)| match &package["bin"] {
            Value::String(file) => vec![format!("{path}/{file}")],
            Value::Object(files) => {
                files.values().filter_map(|file| Some(format!("{path}/{}", file.as_str()?))).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Vec::new(),
        });
        programs.map(|program| program.trim_start_matches('/').to_owned()).collect()
    }

    /// Whether nothing it names lies above the install folder.
    fn stays_inside(&self) -> bool {
        self.packages().all(|(path, _)| !path.split('/').any(|part| part == ".."))
    }
}

fn inside_modules(path: &str) -> bool {
    path.split('/').any(|part| part == "node_modules")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_npm_alone_is_layered() {
        for line in ["npm ci", "npm install --no-audit", "A=1 npm ci --include=dev"] {
            assert!(is_plain_npm(line), "{line}");
        }
        for line in
            ["npm ci && npx prisma generate", "npm install left-pad", "npm ci --prefix web", "pnpm i", "npm"]
        {
            assert!(!is_plain_npm(line), "{line}");
        }
    }

    #[test]
    fn a_lock_file_tells_its_folders() {
        let lock = Lock(serde_json::json!({ "packages": {
            "": {},
            "node_modules/a": { "hasInstallScript": true },
            "node_modules/@acme/web": { "resolved": "apps/web", "link": true },
            "node_modules/b": { "resolved": "file:vendor/b.tgz" },
            "apps/web": {},
            "apps/web/node_modules/c/node_modules/d": {},
        }}));
        assert_eq!(lock.trees(), BTreeSet::from(["node_modules".into(), "apps/web/node_modules".into()]));
        assert_eq!(
            lock.local_manifests(),
            BTreeSet::from(["apps/web/package.json".into(), "vendor/b.tgz".into()])
        );
        assert!(lock.has_scripts() && lock.stays_inside());
    }
}
