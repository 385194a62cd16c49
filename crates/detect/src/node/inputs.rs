//! Every file that an installation reads: manifests of all members, the lock file, the manager's settings, patches, and what the
//! scripts around an installation run.

use super::command::{self, Command, Reach};
use super::manager::{Installation, LOCK_FILES};
use super::package::Package;
use super::prisma;
use super::scope::Scope;
use crate::path;
use model::facts::PackageManager;
use serde_json::Value;
use std::collections::BTreeSet;

/// Scripts that a package manager runs when it installs.
const LIFECYCLE: &[&str] =
    &["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"];

/// The files that the installation of a package reads, from the root, sorted.
pub(crate) fn of(scope: &Scope<'_>, package: &Package, installation: &Installation) -> Vec<String> {
    let mut inputs = Inputs { scope, installation, files: BTreeSet::new() };
    inputs.settings();
    let folders = inputs.members(package);
    for folder in &folders {
        inputs.add(&path::join(folder, "package.json"));
    }
    let members: Vec<&Package> = folders.iter().filter_map(|folder| scope.package(folder)).collect();
    for member in &members {
        inputs.linked(member);
        inputs.patches(member);
        inputs.client(member);
        for script in LIFECYCLE {
            for command in command::commands(member, script) {
                inputs.command(member, &members, &command);
            }
        }
    }
    inputs.files.into_iter().collect()
}

struct Inputs<'s, 'r> {
    scope: &'s Scope<'r>,
    installation: &'s Installation,
    files: BTreeSet<String>,
}

impl Inputs<'_, '_> {
    /// Adds a file if it is there.
    fn add(&mut self, file: &str) {
        if self.scope.repository.has(file) {
            self.files.insert(file.to_owned());
        }
    }

    fn add_under(&mut self, folder: &str, wanted: impl Fn(&str) -> bool) {
        let entries = self.scope.repository.under(folder).iter().filter(|entry| wanted(&entry.path));
        self.files.extend(entries.map(|entry| entry.path.clone()));
    }

    /// The folders of every manifest that is read: an installation of a workspace checks all of its members.
    fn members(&self, package: &Package) -> BTreeSet<String> {
        let mut folders = BTreeSet::from([self.installation.folder.clone(), package.folder.clone()]);
        let workspace =
            self.scope.workspace(package).filter(|workspace| workspace.root == self.installation.folder);
        if let Some(workspace) = workspace {
            let manifests = self.scope.repository.named("package.json").iter().map(|file| path::parent(file));
            let members = manifests.filter(|folder| {
                workspace.owns(folder) && !folder.split('/').any(|part| part == "node_modules")
            });
            folders.extend(members.map(str::to_owned));
        }
        folders
    }

    /// The lock file and the settings of the manager.
    fn settings(&mut self) {
        let folder = self.installation.folder.clone();
        if let Some(lockfile) = &self.installation.lockfile {
            self.files.insert(lockfile.clone());
        }
        let names: &[&str] = match self.installation.manager {
            PackageManager::Pnpm => {
                &["pnpm-workspace.yaml", ".npmrc", ".pnpmfile.cjs", ".pnpmfile.mjs", "pnpmfile.js"]
            }
            PackageManager::Yarn => &[".yarnrc", ".npmrc"],
            PackageManager::YarnBerry => &[".yarnrc.yml"],
            PackageManager::Bun => &["bunfig.toml", ".npmrc"],
            _ => &[".npmrc"],
        };
        for name in names {
            self.add(&path::join(&folder, name));
        }
        if matches!(self.installation.manager, PackageManager::Yarn | PackageManager::YarnBerry) {
            for part in ["releases", "plugins", "patches"] {
                self.add_under(&path::join(&folder, &format!(".yarn/{part}")), |_| true);
            }
        }
    }

    /// Dependencies that are files or folders of the repository.
    fn linked(&mut self, member: &Package) {
        for (_, range) in member.dependencies() {
            let copied = range.strip_prefix("file:");
            let Some(target) =
                copied.or_else(|| range.strip_prefix("link:")).or_else(|| range.strip_prefix("portal:"))
            else {
                continue;
            };
            let target = member.at(target);
            self.add(&target);
            self.add(&path::join(&target, "package.json"));
            if copied.is_some() && target != "." {
                self.add_under(&target, |file| !file.contains("node_modules/"));
            }
        }
    }

    /// Patches of dependencies: those of `patch-package`, and those that a manifest or pnpm's settings list.
    fn patches(&mut self, member: &Package) {
        if member.has("patch-package") {
            self.add_under(&member.at("patches"), |_| true);
        }
        let settings = self.scope.repository.yaml(&member.at("pnpm-workspace.yaml"));
        let lists = [
            member.get("/pnpm/patchedDependencies"),
            member.get("/patchedDependencies"),
            settings.as_deref().and_then(|settings| settings.get("patchedDependencies")),
        ];
        for patch in lists.into_iter().flatten().filter_map(Value::as_object).flat_map(|list| list.values()) {
            if let Some(file) = patch.as_str() {
                self.add(&member.at(file));
            }
        }
    }

    /// The schema that Prisma's client compiles when it is installed; from version 7 on it does not any more.
    fn client(&mut self, member: &Package) {
        if member.major("@prisma/client").is_some_and(|major| major < 7) {
            self.schema(member, None);
        }
    }

    fn schema(&mut self, member: &Package, stated: Option<String>) {
        let repository = self.scope.repository;
        let Some(schema) = stated.or_else(|| prisma::schema(repository, member)) else { return };
        self.add(&schema);
        self.add_under(&schema, |file| file.ends_with(".prisma"));
        if let Some(config) = prisma::config(repository, member) {
            self.module(&config);
        }
    }

    /// A source with all that it loads, or any other file.
    fn module(&mut self, file: &str) {
        self.add(file);
        if self.scope.modules.file(file).as_deref() == Some(file) {
            let loaded = self.scope.modules.reachable(file);
            self.files.extend(loaded.iter().map(|module| module.path.clone()));
        }
    }

    /// What a command of a script around the installation reads.
    fn command(&mut self, member: &Package, members: &[&Package], command: &Command) {
        let words = &command.words;
        let folder = path::join(&member.folder, &command.folder);
        let option = |names: &[&str]| {
            let at = words.iter().position(|word| names.contains(&word.as_str()));
            at.and_then(|at| words.get(at + 1)).cloned()
        };
        match command.reach {
            Reach::Installation => {
                let other = option(&["--prefix", "-C", "--cwd", "--dir"]);
                let target = other.map_or_else(|| folder.clone(), |other| path::join(&folder, &other));
                let locks = LOCK_FILES.iter().map(|(name, _)| *name);
                for name in locks.chain(["package.json", ".npmrc"]) {
                    self.add(&path::join(&target, name));
                }
            }
            Reach::Elsewhere => {
                for name in ["turbo.json", "turbo.jsonc", "nx.json", "lerna.json"] {
                    self.add(&member.at(name));
                }
                if words.iter().any(|word| word.contains("generate") || word.contains("prisma")) {
                    for other in members {
                        self.schema(other, None);
                    }
                }
            }
            Reach::Program => {
                let program = words.first().map_or("", |word| path::file_name(word));
                match (program, command::program(words)) {
                    ("prisma", _) => {
                        let stated = option(&["--schema"]).map(|schema| path::join(&folder, &schema));
                        self.schema(member, stated);
                    }
                    ("patch-package", _) => self.add_under(&member.at("patches"), |_| true),
                    (_, command::Program::Build { .. }) => self.sources(member),
                    (_, _) => {
                        for word in words.iter().filter(|word| !word.starts_with('-')) {
                            let file = path::join(&folder, word);
                            let source = self.scope.modules.file(&file);
                            self.module(source.as_deref().unwrap_or(&file));
                        }
                    }
                }
            }
        }
    }

    /// What a build within the installation reads: the sources of the package, as far as they are apart, and its settings.
    fn sources(&mut self, member: &Package) {
        let nested = self.scope.nested(member);
        let own = |file: &str| !nested.iter().any(|folder| path::is_under(file, folder));
        let apart = member.at("src");
        let base = if self.scope.repository.has_folder(&apart) { apart } else { member.folder.clone() };
        self.add_under(&base, own);
        let beside: Vec<String> =
            self.scope.repository.files_in(&member.folder).iter().map(|entry| entry.path.clone()).collect();
        self.files.extend(beside);
    }
}
