//! The engine: drivers, ledger, vault and clock together.

use crate::driver::{
    Builder, DatastoreDriver, DatastoreRequest, Migrator, Orchestrator, Prober, Runtime, Traffic,
};
use crate::error::{DriverError, EngineError};
use crate::watcher::{Cancel, Watcher};
use host::clock::Clock;
use host::paths::Home;
use ledger::{Guard, Ledger};
use model::event::{Event, EventBody, FailureKind};
use model::facts::DatastoreKind;
use model::id::{DatastoreName, Scope};
use model::manifest::Target;
use model::observed;
use model::unit::{Millis, Port};
use std::collections::BTreeMap;
use std::path::PathBuf;
use vault::Vault;

/// How long a lock lasts without being renewed. Its holder's death is noticed at once on the same machine.
pub const LOCK_TTL: Millis = Millis::seconds(60);

/// Everything the engine works with.
pub struct Drivers {
    /// What runs an environment, by its target.
    pub targets: BTreeMap<Target, TargetDrivers>,
    /// The data plane.
    pub traffic: Box<dyn Traffic>,
    /// Asks services how they are.
    pub prober: Box<dyn Prober>,
}

/// The drivers of one target.
pub struct TargetDrivers {
    /// Runs instances.
    pub runtime: Box<dyn Runtime>,
    /// Builds releases.
    pub builder: Box<dyn Builder>,
    /// Runs datastores, by kind.
    pub datastores: Vec<(DatastoreKind, Box<dyn DatastoreDriver>)>,
    /// Performs migrations.
    pub migrator: Box<dyn Migrator>,
    /// Decides where instances run, where that is not Mainstay.
    pub orchestrator: Option<Box<dyn Orchestrator>>,
}

impl Drivers {
    /// The drivers of a target.
    ///
    /// # Errors
    /// When this Mainstay has none.
    pub fn of(&self, target: Target) -> Result<&TargetDrivers, DriverError> {
        self.targets.get(&target).ok_or_else(|| {
            DriverError::new(FailureKind::Machine, format!("this Mainstay cannot deploy to {target}"))
        })
    }
}

impl TargetDrivers {
    /// The orchestrator.
    ///
    /// # Errors
    /// When there is none.
    pub fn orchestrator(&self) -> Result<&dyn Orchestrator, DriverError> {
        self.orchestrator.as_deref().ok_or_else(|| {
            DriverError::new(FailureKind::Machine, "nothing here runs instances on several machines")
        })
    }

    /// The driver of a kind of datastore.
    ///
    /// # Errors
    /// When there is none.
    pub fn datastore(&self, kind: DatastoreKind) -> Result<&dyn DatastoreDriver, DriverError> {
        let found = self.datastores.iter().find(|(known, _)| *known == kind);
        found.map(|(_, driver)| driver.as_ref()).ok_or_else(|| {
            DriverError::new(FailureKind::Provision, format!("{kind} cannot be run beside the project"))
                .advise("run it yourself and set provider = \"external\" for it in mainstay.toml")
        })
    }
}

/// Performs plans.
pub struct Engine {
    /// The drivers.
    pub drivers: Drivers,
    /// The record.
    pub ledger: Ledger,
    /// Where everything lies.
    pub home: Home,
    /// Time.
    pub clock: Box<dyn Clock>,
}

/// What one performance of a plan is given beside the plan.
pub struct Session<'a> {
    /// The repository, for plans that build.
    pub root: Option<PathBuf>,
    /// Who looks on.
    pub watcher: &'a dyn Watcher,
    /// How it is stopped.
    pub cancel: Cancel,
    /// The lock of the scope.
    pub guard: &'a Guard,
}

impl Engine {
    /// Takes the lock of a scope for this process.
    ///
    /// # Errors
    /// When someone else holds it; the error names who.
    pub fn lock(&self, scope: &Scope) -> Result<Guard, EngineError> {
        let owner = host::identity::owner();
        Ok(self.ledger.lock(scope, &owner, LOCK_TTL, self.clock.now(), &host::identity::is_alive)?)
    }

    /// What runs a scope.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn target(&self, scope: &Scope) -> Result<Target, EngineError> {
        let (live, releases) = (self.ledger.live(scope)?, self.ledger.releases(scope)?);
        Ok(observed::target(live.as_ref(), &releases).unwrap_or(Target::Process))
    }

    /// The drivers of what runs a scope.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn local(&self, scope: &Scope) -> Result<&TargetDrivers, EngineError> {
        Ok(self.drivers.of(self.target(scope)?)?)
    }

    /// The secrets of a scope.
    ///
    /// # Errors
    /// When they cannot be read or decrypted.
    pub fn vault(&self, scope: &Scope) -> Result<Vault, EngineError> {
        Ok(Vault::open(self.home.keys(), self.home.vault(scope))?)
    }

    pub(crate) fn append(&self, scope: &Scope, body: EventBody) -> Result<Event, EngineError> {
        let event = Event { at: self.clock.now(), scope: scope.clone(), body };
        self.ledger.append(&event)?;
        Ok(event)
    }
}

/// A request to the driver of a datastore.
pub(crate) fn datastore_request(
    scope: &Scope,
    name: &DatastoreName,
    kind: DatastoreKind,
    port: Port,
) -> DatastoreRequest {
    DatastoreRequest { scope: scope.clone(), name: name.clone(), kind, version: None, port }
}
