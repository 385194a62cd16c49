//! What installs dependencies, and how.

use super::package::Package;
use crate::path;
use crate::repository::Repository;
use model::Place;
use model::facts::{PackageManager, PackageManagerFact, Runtime, RuntimeFact};

/// How the dependencies of a folder are installed.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    /// What installs.
    pub manager: PackageManager,
    /// Its version, when something says.
    pub version: Option<String>,
    /// The lock file, from the root.
    pub lockfile: Option<String>,
    /// Where it installs.
    pub folder: String,
}

/// The lock files, the ones that are rarely left over by accident first.
pub(crate) const LOCK_FILES: &[(&str, PackageManager)] = &[
    ("pnpm-lock.yaml", PackageManager::Pnpm),
    ("bun.lock", PackageManager::Bun),
    ("bun.lockb", PackageManager::Bun),
    ("yarn.lock", PackageManager::Yarn),
    ("package-lock.json", PackageManager::Npm),
    ("npm-shrinkwrap.json", PackageManager::Npm),
];

impl Installation {
    /// How `package` is installed, whose workspace (if any) has its root at `root`.
    pub(crate) fn of(repository: &Repository<'_>, package: &Package, root: Option<&Package>) -> Self {
        let root = root.unwrap_or(package);
        let stated = stated(root).or_else(|| stated(package));
        let own = locks(repository, &package.folder);
        let folder =
            if own.is_empty() || root.folder == package.folder { &root.folder } else { &package.folder };
        let mut found = locks(repository, folder);
        if found.len() > 1 && stated.is_none() {
            let order = preference(repository);
            found.sort_by_key(|(_, manager)| {
                std::cmp::Reverse(order.iter().find(|(m, _)| m == manager).map_or(0, |o| o.1))
            });
            repository.note(
                Place::new(found[1].0.clone(), 1),
                format!("{} is there too; one of them is stale", found[0].0),
            );
        }
        let chosen = match &stated {
            Some((manager, _)) => found.iter().find(|(_, of)| same_family(*of, *manager)),
            None => found.first(),
        };
        let lockfile = chosen.map(|(path, _)| path.clone());
        let manager =
            stated.as_ref().map(|(manager, _)| *manager).or_else(|| chosen.map(|(_, manager)| *manager));
        let version = stated.and_then(|(_, version)| version);
        let mut installation = Self {
            manager: manager.unwrap_or_else(|| by_config(repository, folder)),
            version,
            lockfile,
            folder: folder.clone(),
        };
        installation.look_closer(repository);
        installation
    }

    /// Tells yarn 1 from berry, and reads a version off the lock file.
    fn look_closer(&mut self, repository: &Repository<'_>) {
        let head = self.lockfile.as_deref().and_then(|path| repository.head(path)).unwrap_or_default();
        if self.manager == PackageManager::Yarn {
            let major =
                self.version.as_deref().and_then(|version| version.split('.').next()?.parse::<u32>().ok());
            let berry = match major {
                Some(major) => major > 1,
                None => {
                    head.contains("__metadata:") || repository.has(&path::join(&self.folder, ".yarnrc.yml"))
                }
            };
            if berry {
                self.manager = PackageManager::YarnBerry;
            }
        }
        if self.manager == PackageManager::Pnpm && self.version.is_none() {
            let format = head.lines().find_map(|line| line.strip_prefix("lockfileVersion:"));
            let format = format.map(|text| text.trim().trim_matches(['\'', '"']));
            self.version = format
                .and_then(|format| match format.split('.').next()? {
                    "9" => Some("9"),
                    "6" => Some("8"),
                    "5" if format == "5.4" => Some("7"),
                    "5" => Some("6"),
                    _ => None,
                })
                .map(str::to_owned);
        }
    }

    /// The fact about it.
    pub(crate) fn fact(&self) -> PackageManagerFact {
        PackageManagerFact { name: self.manager, version: self.version.clone() }
    }

    /// Bun as what runs a program: the version that installs, which is the same program.
    pub(crate) fn bun(&self) -> RuntimeFact {
        let version = self.version.clone().filter(|_| self.manager == PackageManager::Bun);
        RuntimeFact { name: Runtime::Bun, version, also: Vec::new() }
    }

    /// Installs exactly what is locked.
    pub(crate) fn install(&self) -> &'static str {
        let locked = self.lockfile.is_some();
        match (self.manager, locked) {
            (PackageManager::Pnpm, true) => "pnpm install --frozen-lockfile",
            (PackageManager::Pnpm, false) => "pnpm install",
            (PackageManager::Yarn, true) => "yarn install --frozen-lockfile",
            (PackageManager::YarnBerry, true) => "yarn install --immutable",
            (PackageManager::Yarn | PackageManager::YarnBerry, false) => "yarn install",
            (PackageManager::Bun, true) => "bun install --frozen-lockfile",
            (PackageManager::Bun, false) => "bun install",
            (_, true) => "npm ci",
            (_, false) => "npm install",
        }
    }

    /// Runs a script of the package in the current folder.
    pub(crate) fn run(&self, script: &str) -> String {
        match self.manager {
            PackageManager::Pnpm => format!("pnpm run {script}"),
            PackageManager::Yarn | PackageManager::YarnBerry => format!("yarn run {script}"),
            PackageManager::Bun => format!("bun run {script}"),
            _ => format!("npm run {script}"),
        }
    }

    /// Runs a program that a dependency brings.
    pub(crate) fn exec(&self, command: &str) -> String {
        match self.manager {
            PackageManager::Pnpm => format!("pnpm exec {command}"),
            PackageManager::Yarn | PackageManager::YarnBerry => format!("yarn {command}"),
            PackageManager::Bun => format!("bunx {command}"),
            _ => format!("npx {command}"),
        }
    }
}

fn same_family(a: PackageManager, b: PackageManager) -> bool {
    let family = |manager| if manager == PackageManager::YarnBerry { PackageManager::Yarn } else { manager };
    family(a) == family(b)
}

fn locks(repository: &Repository<'_>, folder: &str) -> Vec<(String, PackageManager)> {
    let found = LOCK_FILES.iter().map(|(name, manager)| (path::join(folder, name), *manager));
    let mut found: Vec<_> = found.filter(|(path, _)| repository.has(path)).collect();
    found.dedup_by_key(|(_, manager)| *manager);
    found
}

/// `packageManager`, `devEngines` and volta.
fn stated(package: &Package) -> Option<(PackageManager, Option<String>)> {
    let by_name = |name: &str| match name {
        "npm" => Some(PackageManager::Npm),
        "pnpm" => Some(PackageManager::Pnpm),
        "yarn" => Some(PackageManager::Yarn),
        "bun" => Some(PackageManager::Bun),
        _ => None,
    };
    if let Some((name, version)) = package.text("/packageManager").and_then(|text| text.split_once('@')) {
        let version = version.split('+').next().unwrap_or(version);
        return Some((by_name(name)?, Some(version.to_owned())));
    }
    if let Some(name) = package.text("/devEngines/packageManager/name") {
        let version = package.text("/devEngines/packageManager/version");
        let exact = version.filter(|text| text.starts_with(|c: char| c.is_ascii_digit()));
        return Some((by_name(name)?, exact.map(str::to_owned)));
    }
    ["pnpm", "yarn", "npm"].into_iter().find_map(|name| {
        let version = package.text(&format!("/volta/{name}"))?;
        Some((by_name(name)?, Some(version.to_owned())))
    })
}

/// Without a lock file: a manager's own configuration file, else npm.
fn by_config(repository: &Repository<'_>, folder: &str) -> PackageManager {
    let has = |name: &str| repository.has(&path::join(folder, name));
    if has("pnpm-workspace.yaml") {
        PackageManager::Pnpm
    } else if has(".yarnrc.yml") {
        PackageManager::YarnBerry
    } else if has("bunfig.toml") {
        PackageManager::Bun
    } else {
        PackageManager::Npm
    }
}

/// How often the repository's Dockerfiles and workflows call each manager: what decides between two lock files.
fn preference(repository: &Repository<'_>) -> Vec<(PackageManager, usize)> {
    let words: [(PackageManager, &[&str]); 4] = [
        (PackageManager::Npm, &["npm ci", "npm install", "npm run"]),
        (PackageManager::Yarn, &["yarn install", "yarn --frozen", "yarn build", "yarn run"]),
        (PackageManager::Pnpm, &["pnpm "]),
        (PackageManager::Bun, &["bun install", "bun run"]),
    ];
    let files = repository.under(".").iter().map(|entry| entry.path.as_str()).filter(|path| {
        path::file_name(path).contains("Dockerfile")
            || path.starts_with(".github/workflows/")
            || *path == "README.md"
    });
    let texts: Vec<_> = files.filter_map(|path| repository.text(path)).collect();
    let count = |needle: &str| texts.iter().map(|text| text.matches(needle).count()).sum::<usize>();
    words
        .into_iter()
        .map(|(manager, needles)| (manager, needles.iter().map(|needle| count(needle)).sum()))
        .collect()
}
