//! Driver traits: what the engine asks of the world. One folder a driver; names are looked up in one table.

use crate::error::DriverError;
use host::supervisor::{Follower, LogLine};
use model::Secret;
use model::facts::DatastoreKind;
use model::id::{DatastoreName, InstanceId, ReleaseId, Scope, ServiceName};
use model::instance::{ExitReport, Image, InstanceSpec, InstanceStatus, Reach};
use model::manifest::{Manifest, Migrations};
use model::release::Source;
use model::routing::{RoutingTable, TrafficState};
use model::unit::{Millis, Port};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// The environment of a process: names with values that must not be seen.
pub type Variables = BTreeMap<String, Secret>;

/// Where lines of long work go: a build's output, a tool's words. Also asks whether the work should end early.
pub trait Progress {
    /// One line of output.
    fn line(&mut self, text: &str);

    /// Whether the work was cancelled; long work asks often and ends with [`DriverError::cancelled`].
    fn cancelled(&self) -> bool;
}

/// Runs instances.
pub trait Runtime: Send + Sync {
    /// Starts an instance. Returns once it is supervised; it may not be healthy yet. Starting one that runs is no error.
    ///
    /// # Errors
    /// When it cannot be started: no such program or folder, no permission, port taken.
    fn start(&self, scope: &Scope, spec: &InstanceSpec, env: &Variables) -> Result<(), DriverError>;

    /// Asks an instance to end, waits its grace, kills it with all its children. Stopping one that is gone is no error.
    ///
    /// # Errors
    /// When it still lives afterwards.
    fn stop(&self, scope: &Scope, id: &InstanceId) -> Result<Option<ExitReport>, DriverError>;

    /// Every instance that was started and not removed, ended ones included.
    ///
    /// # Errors
    /// When the records cannot be read.
    fn list(&self, scope: &Scope) -> Result<Vec<InstanceStatus>, DriverError>;

    /// Forgets an ended instance with its output.
    ///
    /// # Errors
    /// When it still runs or its records cannot be removed.
    fn remove(&self, scope: &Scope, id: &InstanceId) -> Result<(), DriverError>;

    /// The last lines of an instance's output, oldest first, and a reader of what comes after them. Empty when there are none.
    fn output(&self, scope: &Scope, id: &InstanceId, lines: usize) -> (Vec<LogLine>, Box<dyn Output>);

    /// The last lines as text.
    fn tail(&self, scope: &Scope, id: &InstanceId, lines: usize) -> Vec<String> {
        self.output(scope, id, lines).0.into_iter().map(|line| line.text).collect()
    }

    /// The address at which instances of a scope reach this machine: that of the scope's own network if there is one, else
    /// of one that could be made. `None` where instances are on the machine's own network.
    ///
    /// # Errors
    /// When that cannot be found out.
    fn gateway(&self, _scope: &Scope) -> Result<Option<Ipv4Addr>, DriverError> {
        Ok(None)
    }

    /// Makes sure that the scope's own network is there, with this address. Idempotent.
    ///
    /// # Errors
    /// When it cannot be made.
    fn network(&self, _scope: &Scope, _gateway: Ipv4Addr) -> Result<(), DriverError> {
        Ok(())
    }
}

/// Runs instances where it finds room, on this and other machines, and starts them again by itself.
pub trait Orchestrator: Send + Sync {
    /// Hands over all instances of one start of a service: the same spec but for their ids. Returns once they are taken
    /// note of; they may not run yet. Submitting what is there already is no error.
    ///
    /// # Errors
    /// When it refuses.
    fn submit(&self, scope: &Scope, specs: &[InstanceSpec], env: &Variables) -> Result<(), DriverError>;

    /// Ends what was submitted together, and waits until it is gone, at most as long as their grace and a while.
    ///
    /// # Errors
    /// When some of it still runs afterwards.
    fn withdraw(&self, scope: &Scope, instances: &[InstanceId]) -> Result<(), DriverError>;

    /// How many machines instances may run on.
    ///
    /// # Errors
    /// When there is nobody to ask, with what to do.
    fn machines(&self) -> Result<u16, DriverError>;
}

/// Reads on in an instance's output.
pub trait Output {
    /// The lines that came since the last time.
    fn read(&mut self) -> Vec<LogLine>;
}

impl Output for Follower {
    fn read(&mut self) -> Vec<LogLine> {
        Self::read(self)
    }
}

/// What a build step works on.
#[derive(Debug, Clone, Copy)]
pub struct BuildContext<'a> {
    /// The release's manifest.
    pub manifest: &'a Manifest,
    /// The release.
    pub release: &'a ReleaseId,
}

/// Turns the repository into something runnable.
pub trait Builder: Send + Sync {
    /// The state of the repository now.
    ///
    /// # Errors
    /// When it cannot be read.
    fn source(&self, root: &Path) -> Result<Source, DriverError>;

    /// Copies the repository's files into the release's folder: what git tracks plus untracked files it does not ignore.
    ///
    /// # Errors
    /// When something cannot be read or written; the folder is gone afterwards.
    fn snapshot(
        &self,
        root: &Path,
        context: BuildContext<'_>,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError>;

    /// The name of the dependency layer that a service's lock file asks for.
    ///
    /// # Errors
    /// When the lock file cannot be read.
    fn layer(&self, root: &Path, manifest: &Manifest, service: &ServiceName) -> Result<String, DriverError>;

    /// The layers that are there, complete.
    ///
    /// # Errors
    /// When the folder of layers cannot be read.
    fn layers(&self) -> Result<Vec<String>, DriverError>;

    /// Puts a layer's dependencies into the release, making the layer first if it is not there.
    ///
    /// # Errors
    /// When the package manager fails; the evidence holds its last lines.
    fn install(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        layer: &str,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError>;

    /// Runs a service's build command with its build-time variables.
    ///
    /// # Errors
    /// When it fails; the evidence holds its last lines.
    fn build(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        env: &Variables,
        progress: &mut dyn Progress,
    ) -> Result<(), DriverError>;

    /// What a release lacks to be started, with where, in words; `None` when every part of it is there.
    ///
    /// # Errors
    /// When that cannot be looked at.
    fn lacks(&self, context: BuildContext<'_>) -> Result<Option<String>, DriverError>;

    /// The program, arguments and folder that start a service of a built release. `$PORT` is filled in from `port`.
    ///
    /// # Errors
    /// When the release is not there or its start command does not resolve to a program.
    fn command(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        port: Option<Port>,
    ) -> Result<Launch, DriverError>;

    /// The same for another command line of a service, as that of a migration tool.
    ///
    /// # Errors
    /// When the release is not there or the command line does not resolve to a program.
    fn tool(
        &self,
        context: BuildContext<'_>,
        service: &ServiceName,
        line: &str,
    ) -> Result<Launch, DriverError>;

    /// Removes a release's folder.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn remove(&self, scope: &Scope, release: &ReleaseId) -> Result<(), DriverError>;
}

/// What to run, where, and what its environment needs beside the settings (`PATH` with the release's own programs first).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// Program and arguments.
    pub command: Vec<String>,
    /// The folder.
    pub directory: PathBuf,
    /// Plain variables: `PATH`, `NODE_ENV`, `PYTHONUNBUFFERED` and the like.
    pub env: BTreeMap<String, String>,
    /// The image to run it in; absent for a plain process.
    pub image: Option<Image>,
}

/// One embedded datastore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatastoreRequest {
    /// Whose.
    pub scope: Scope,
    /// Its name.
    pub name: DatastoreName,
    /// What.
    pub kind: DatastoreKind,
    /// The version the repository asks for; matters only when it is made.
    pub version: Option<String>,
    /// Where it shall listen, on loopback.
    pub port: Port,
}

/// What a datastore has, by the names of [`DatastoreDriver::fields`].
pub type Fields = BTreeMap<&'static str, Secret>;

/// From where a datastore is reached. The addresses are the same where services are plain processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// From the services.
    Services,
    /// From this machine: for Mainstay itself.
    Machine,
}

/// Runs datastores of one kind beside the project. Credentials are made by the driver on first use and kept in the vault.
pub trait DatastoreDriver: Send + Sync {
    /// The programs on this machine that it needs, with where they are or what to install.
    ///
    /// # Errors
    /// Names what is missing and how to get it.
    fn check(&self) -> Result<(), DriverError>;

    /// Makes sure that it exists, runs and answers. Idempotent; never touches existing data.
    ///
    /// # Errors
    /// When it does not come up; the evidence holds its log.
    fn provision(&self, request: &DatastoreRequest, progress: &mut dyn Progress) -> Result<(), DriverError>;

    /// What services may refer to: `url`, `host`, `port`, `user`, `password`, `database`, `endpoint`, `bucket`, `region`,
    /// `access_key`, `secret_key` as far as the kind has them. Needs the datastore to exist, not to run.
    ///
    /// # Errors
    /// When it was never provisioned.
    fn fields(&self, request: &DatastoreRequest, view: View) -> Result<Fields, DriverError>;

    /// Stops it; the data stays.
    ///
    /// # Errors
    /// When it still runs afterwards.
    fn stop(&self, request: &DatastoreRequest) -> Result<(), DriverError>;
}

/// A migration to perform.
pub struct MigrationRequest<'a> {
    /// Whose database.
    pub scope: &'a Scope,
    /// How.
    pub migrations: &'a Migrations,
    /// Program, folder and variables of the tool, settings included.
    pub launch: Launch,
    /// The settings.
    pub env: &'a Variables,
    /// Names of the settings whose values are taken out of what the tool says, as those of an instance are.
    pub secrets: Vec<String>,
    /// The database's URL, for the lock.
    pub database: Option<Secret>,
}

/// Performs migrations.
pub trait Migrator: Send + Sync {
    /// Takes a lock in the database, runs the tool, gives the lock back. Says in a few words what it did.
    ///
    /// # Errors
    /// When the lock is held by someone else for too long, or the tool fails; the evidence holds its last lines.
    fn migrate(
        &self,
        request: &MigrationRequest<'_>,
        progress: &mut dyn Progress,
    ) -> Result<String, DriverError>;
}

/// The data plane.
pub trait Traffic: Send + Sync {
    /// Makes sure that it runs.
    ///
    /// # Errors
    /// When it does not come up.
    fn ensure(&self) -> Result<(), DriverError>;

    /// Puts a table in force; when this returns, every new request is routed by it.
    ///
    /// # Errors
    /// When it is refused (nothing changed) or the data plane is gone.
    fn publish(&self, table: &RoutingTable) -> Result<(), DriverError>;

    /// What it says of a scope; `None` when it does not run or knows no such scope.
    ///
    /// # Errors
    /// When it runs but does not answer.
    fn state(&self, scope: &Scope) -> Result<Option<TrafficState>, DriverError>;

    /// Puts a table in force after whichever is.
    ///
    /// # Errors
    /// As for [`Traffic::publish`].
    fn replace(&self, mut table: RoutingTable) -> Result<(), DriverError> {
        table.generation = self.state(&table.scope)?.map_or(1, |state| state.generation + 1);
        self.publish(&table)
    }

    /// Takes a scope out. One that is not in is no error.
    ///
    /// # Errors
    /// When it refuses.
    fn remove(&self, scope: &Scope) -> Result<(), DriverError>;
}

/// Asks services how they are.
pub trait Prober: Send + Sync {
    /// The status that `path` answers with, and the beginning of the body.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    fn get(&self, at: &Reach, path: &str, timeout: Millis) -> Result<ProbeAnswer, String>;
}

/// An answer to a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAnswer {
    /// Status code.
    pub status: u16,
    /// The beginning of the body.
    pub excerpt: String,
}
