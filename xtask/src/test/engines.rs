//! What real targets need, for as long as the tests run. Without one the tests that need it skip themselves, by name.

use crate::docker::Engine;
use crate::swarm::Swarm;
use std::process::Command;

/// Those that could be started. The swarm ends first: its images are the engine's.
pub struct Engines {
    swarm: Option<Swarm>,
    docker: Option<Engine>,
}

impl Engines {
    /// Starts what this machine can.
    pub fn start() -> Self {
        let docker =
            Engine::start().inspect_err(|failure| println!("no Docker Engine for tests: {failure}")).ok();
        let swarm = docker.as_ref().and_then(|docker| {
            Swarm::start(docker).inspect_err(|failure| println!("no swarm for tests: {failure}")).ok()
        });
        Self { swarm, docker }
    }

    /// Tells a command where they are.
    pub fn tell(&self, command: &mut Command) {
        if let Some(docker) = &self.docker {
            docker.tell(command);
        }
        if let Some(swarm) = &self.swarm {
            swarm.tell(command);
        }
    }
}
