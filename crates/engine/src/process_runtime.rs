//! Instances as plain processes of this machine, each under a supervisor of its own.

use crate::driver::{Output, Runtime, Variables};
use crate::error::DriverError;
use host::network::port_owner;
use host::paths::Home;
use host::supervisor::{self, Follower, LogLine, SupervisorError};
use model::event::FailureKind;
use model::id::{InstanceId, Scope};
use model::instance::{ExitReport, InstancePhase, InstanceSpec, InstanceStatus};
use std::path::PathBuf;
use std::time::Duration;

/// What is added to an instance's grace before everything is killed from outside: its supervisor does that itself.
const MARGIN: Duration = Duration::from_secs(10);

/// The runtime of the `process` target.
#[derive(Debug, Clone)]
pub struct ProcessRuntime {
    /// Where instances have their folders.
    pub home: Home,
    /// Mainstay's own program, which is also the supervisor.
    pub binary: PathBuf,
}

impl Runtime for ProcessRuntime {
    fn start(&self, scope: &Scope, spec: &InstanceSpec, env: &Variables) -> Result<(), DriverError> {
        let dir = self.home.instance(scope, &spec.id);
        let known = supervisor::status(&dir).map_err(|error| failed(&error))?;
        // One that runs has the port itself.
        let port = spec.port.filter(|_| known.is_none_or(|status| status.phase == InstancePhase::Ended));
        if let Some((port, owner)) = port.and_then(|port| Some((port, port_owner(port)?))) {
            let message = format!("{} cannot be started: port {port} is taken by {owner}", spec.id);
            return Err(DriverError::new(FailureKind::Start, message)
                .advise(format!("end {owner}, or deploy again: another port is chosen then")));
        }
        supervisor::launch(&self.binary, &dir, spec, env).map_err(|error| failed(&error))
    }

    fn stop(&self, scope: &Scope, id: &InstanceId) -> Result<Option<ExitReport>, DriverError> {
        let dir = self.home.instance(scope, id);
        let grace = match supervisor::status(&dir) {
            Ok(Some(status)) => status.spec.grace.duration(),
            // Without its spec the supervisor cannot be asked how long it takes, but it can be ended.
            Ok(None) | Err(_) => Duration::ZERO,
        };
        supervisor::stop(&dir, grace + MARGIN).map_err(|error| failed(&error))
    }

    fn list(&self, scope: &Scope) -> Result<Vec<InstanceStatus>, DriverError> {
        supervisor::list(&self.home.instances(scope)).map_err(|error| failed(&error))
    }

    fn remove(&self, scope: &Scope, id: &InstanceId) -> Result<(), DriverError> {
        supervisor::remove(&self.home.instance(scope, id)).map_err(|error| failed(&error))
    }

    fn output(&self, scope: &Scope, id: &InstanceId, lines: usize) -> (Vec<LogLine>, Box<dyn Output>) {
        let (first, follower) = Follower::open(&self.home.instance(scope, id), lines);
        (first, Box::new(follower))
    }
}

fn failed(error: &SupervisorError) -> DriverError {
    let kind = match error {
        SupervisorError::Start { .. } => FailureKind::Start,
        SupervisorError::Running(_) | SupervisorError::File(_) => FailureKind::Machine,
    };
    DriverError::new(kind, error.to_string())
}
