//! All packages of the repository and how they hang together.

use super::graph::Modules;
use super::manager::Installation;
use super::package::Package;
use super::source::Module;
use super::workspace::{TaskRunner, Workspace};
use crate::path;
use crate::repository::Repository;
use model::facts::PackageManager;
use std::collections::BTreeSet;
use std::sync::Arc;

/// All packages, workspaces and modules of a repository.
pub(crate) struct Scope<'r> {
    /// The files.
    pub repository: &'r Repository<'r>,
    /// Every package, sorted by folder.
    pub packages: Vec<Package>,
    /// Every workspace, the deepest first.
    pub workspaces: Vec<Workspace>,
    /// Every module.
    pub modules: Modules<'r>,
}

impl<'r> Scope<'r> {
    /// Reads what there is.
    pub(crate) fn new(repository: &'r Repository<'r>) -> Self {
        let packages = Package::all(repository);
        let workspaces = Workspace::all(repository, &packages);
        let modules = Modules::load(repository, &packages);
        Self { repository, packages, workspaces, modules }
    }

    /// The package in a folder.
    pub(crate) fn package(&self, folder: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.folder == folder)
    }

    /// The workspace that a package belongs to.
    pub(crate) fn workspace(&self, package: &Package) -> Option<&Workspace> {
        self.workspaces.iter().find(|workspace| workspace.owns(&package.folder))
    }

    /// The root of the workspace that a package is a member of; `None` for the root itself and for packages on their own.
    pub(crate) fn root(&self, package: &Package) -> Option<&Package> {
        let workspace = self.workspace(package)?;
        self.package(&workspace.root).filter(|root| root.folder != package.folder)
    }

    /// How a package is installed.
    pub(crate) fn installation<'p>(&self, package: &'p Package) -> &'p Installation {
        package.installation(|| Installation::of(self.repository, package, self.root(package)))
    }

    /// The packages of the workspace that a package depends on, however indirectly.
    pub(crate) fn linked(&self, package: &Package) -> Vec<&Package> {
        let Some(workspace) = self.workspace(package) else { return Vec::new() };
        let member = |name: &str| {
            self.packages.iter().find(|other| other.name() == Some(name) && workspace.owns(&other.folder))
        };
        let mut seen: BTreeSet<&str> = BTreeSet::from([package.folder.as_str()]);
        let mut found = Vec::new();
        let mut open = vec![package];
        while let Some(at) = open.pop() {
            for (name, _) in at.dependencies() {
                if let Some(next) = member(name)
                    && seen.insert(&next.folder)
                {
                    found.push(next);
                    open.push(next);
                }
            }
        }
        found.sort_by(|a, b| a.folder.cmp(&b.folder));
        found
    }

    /// The folders of packages below a package, which are not part of it.
    pub(crate) fn nested(&self, package: &Package) -> Vec<&str> {
        let below = self.packages.iter().filter(|other| {
            other.folder != package.folder
                && path::is_under(&other.folder, &package.folder)
                && self.is_own(other)
        });
        below.map(|other| other.folder.as_str()).collect()
    }

    /// Whether a manifest is a package of its own and not a marker that only sets the module type of a folder.
    fn is_own(&self, package: &Package) -> bool {
        package.scripts().next().is_some()
            || package.dependencies().next().is_some()
            || package.name().is_some()
    }

    /// The modules of a package and of what it depends on in the workspace.
    pub(crate) fn sources(&self, package: &Package) -> Vec<Arc<Module>> {
        let mut found = self.modules.within(&[&package.folder], &self.nested(package));
        for linked in self.linked(package) {
            found.extend(self.modules.within(&[&linked.folder], &self.nested(linked)));
        }
        found
    }

    /// A program that a dependency brings, as a path from the package's folder: needs no package manager to run.
    pub(crate) fn bin(&self, package: &Package, program: &str) -> String {
        let hoists = self.installation(package).manager != PackageManager::Pnpm;
        match self.root(package).filter(|_| hoists) {
            Some(root) => {
                let up = path::between(&package.folder, &root.folder);
                format!("{up}/node_modules/.bin/{program}")
            }
            None => format!("node_modules/.bin/{program}"),
        }
    }

    /// Whether the folder of a package has a TypeScript configuration, or its root does.
    pub(crate) fn has_tsconfig(&self, package: &Package) -> bool {
        self.repository.has(&package.at("tsconfig.json"))
    }

    /// The task runner of the workspace that a package is in.
    pub(crate) fn runner(&self, package: &Package) -> Option<TaskRunner> {
        self.workspace(package)?.runner
    }
}
