//! The process that keeps a scope's routes where its tasks are, under a supervisor of its own: it does its work also when no
//! command runs.

use crate::driver::{Runtime, Variables};
use crate::error::DriverError;
use crate::process_runtime::ProcessRuntime;
use model::Secret;
use model::id::{InstanceId, Scope};
use model::instance::{InstanceSpec, Part, Restart, StopSignal};
use model::manifest::Limits;
use model::unit::Millis;

/// The role of Mainstay's own program.
pub const ROLE: &str = "follow";

/// The followers of this machine.
#[derive(Debug, Clone)]
pub(super) struct Followers {
    /// Runs them.
    pub(super) processes: ProcessRuntime,
    /// The engine they ask.
    pub(super) docker_host: Option<String>,
}

impl Followers {
    /// Makes sure that the one of a scope runs.
    pub(super) fn ensure(&self, scope: &Scope) -> Result<(), DriverError> {
        let home = &self.processes.home;
        let spec = InstanceSpec {
            id: id(),
            part: Part::Follower,
            command: vec![
                self.processes.binary.display().to_string(),
                ROLE.into(),
                scope.project.to_string(),
                scope.environment.to_string(),
            ],
            directory: home.root.clone(),
            user: None,
            port: None,
            limits: Limits::default(),
            stop: StopSignal::Terminate,
            grace: Millis::seconds(1),
            restart: Restart::Always,
            secrets: Vec::new(),
            image: None,
        };
        let mut env =
            Variables::from([("MAINSTAY_HOME".to_owned(), Secret::new(home.root.display().to_string()))]);
        env.extend(self.docker_host.iter().map(|host| ("DOCKER_HOST".to_owned(), Secret::new(host.clone()))));
        self.processes.start(scope, &spec, &env)
    }

    /// Ends it, if it runs.
    pub(super) fn end(&self, scope: &Scope) -> Result<(), DriverError> {
        self.processes.stop(scope, &id())?;
        self.processes.remove(scope, &id())
    }
}

fn id() -> InstanceId {
    InstanceId::nearest(ROLE).expect("it is of letters")
}
