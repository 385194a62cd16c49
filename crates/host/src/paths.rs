//! Where Mainstay keeps its things.

use crate::{environment, identity};
use model::id::{DatastoreName, InstanceId, ReleaseId, Scope};
use std::path::PathBuf;

/// Mainstay's folder on this machine, with the place of everything in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The folder.
    pub root: PathBuf,
}

/// The folder that `MAINSTAY_HOME` names; else `/var/lib/mainstay` for root, and the user's state folder
/// (`$XDG_STATE_HOME/mainstay`, `~/.local/state/mainstay`) for others. `None` when a user has no home.
pub fn home() -> Option<Home> {
    let root = if let Some(given) = environment::variable("MAINSTAY_HOME") {
        std::path::absolute(given).ok()?
    } else if identity::is_root() {
        PathBuf::from("/var/lib/mainstay")
    } else if let Some(state) = environment::variable("XDG_STATE_HOME") {
        PathBuf::from(state).join("mainstay")
    } else {
        PathBuf::from(environment::variable("HOME")?).join(".local/state/mainstay")
    };
    Some(Home { root })
}

impl Home {
    /// A home at a given folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The ledger's folder.
    pub fn ledger(&self) -> PathBuf {
        self.root.join("ledger")
    }

    /// The vault's keys.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The secrets of a scope.
    pub fn vault(&self, scope: &Scope) -> PathBuf {
        self.scope(scope).join("vault")
    }

    /// The proxy's socket, tables and logs.
    pub fn proxy(&self) -> PathBuf {
        self.root.join("proxy")
    }

    /// Dependency layers, shared by all projects.
    pub fn layers(&self) -> PathBuf {
        self.root.join("layers")
    }

    /// Caches of package managers, shared by all projects; may be emptied at any time.
    pub fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// Package managers that the machine does not have.
    pub fn tools(&self) -> PathBuf {
        self.root.join("tools")
    }

    /// Everything of a scope.
    pub fn scope(&self, scope: &Scope) -> PathBuf {
        self.root.join("projects").join(scope.project.as_str()).join(scope.environment.as_str())
    }

    /// The releases of a scope.
    pub fn releases(&self, scope: &Scope) -> PathBuf {
        self.scope(scope).join("releases")
    }

    /// A release's folder.
    pub fn release(&self, scope: &Scope, release: &ReleaseId) -> PathBuf {
        self.releases(scope).join(release.as_str())
    }

    /// The instances of a scope.
    pub fn instances(&self, scope: &Scope) -> PathBuf {
        self.scope(scope).join("instances")
    }

    /// An instance's state and output.
    pub fn instance(&self, scope: &Scope, instance: &InstanceId) -> PathBuf {
        self.instances(scope).join(instance.as_str())
    }

    /// The datastores of a scope.
    pub fn datastores(&self, scope: &Scope) -> PathBuf {
        self.scope(scope).join("datastores")
    }

    /// A datastore's data.
    pub fn datastore(&self, scope: &Scope, name: &DatastoreName) -> PathBuf {
        self.datastores(scope).join(name.as_str())
    }
}
