//! The `swarm` target: services of a Docker Swarm that this machine manages.
//!
//! A release is services of its own, beside those of the release before: Mainstay gates every task by its own probes, moves
//! the traffic, and takes the old ones away. Swarm decides where tasks run and starts them again elsewhere; its own updates,
//! which believe too early and undo too late, are never used (decision 0014).
//!
//! Each task publishes its port in host mode, at a number that its node chooses, and this machine's proxy asks it there; a
//! follower tells the proxy when tasks have moved. Datastores are containers of this machine on the same network.

mod anchor;
mod cluster;
mod follower;
mod log;
mod names;
mod network;
mod runtime;
mod service;
mod task;

pub use follower::ROLE as FOLLOWER;
pub use runtime::SwarmRuntime;

use crate::core::TargetDrivers;
use crate::docker::{Client, DockerBuilder, DockerRuntime, InContainer, Recipes, Shelf, datastores};
use crate::migrator::ToolMigrator;
use crate::process_runtime::ProcessRuntime;
use follower::Followers;
use host::paths::Home;
use std::path::Path;
use std::sync::Arc;

/// The drivers of the `swarm` target. The engine that `docker_host` names, or the usual one, must be a manager.
pub fn drivers(home: &Home, binary: &Path, docker_host: Option<&str>, recipes: Recipes) -> TargetDrivers {
    let runtime = runtime(home, binary, docker_host);
    let client = Arc::clone(&runtime.client);
    let shelf = Some(Shelf { client: Arc::clone(&client), home: home.clone() });
    let builder = DockerBuilder { client: Arc::clone(&client), home: home.clone(), recipes, shelf };
    let gateway = Arc::clone(&client);
    let address = Box::new(move |_: &_| cluster::address(&gateway));
    TargetDrivers {
        builder: Box::new(builder),
        datastores: datastores(&client, home, binary, address),
        orchestrator: Some(Box::new(runtime.clone())),
        runtime: Box::new(runtime),
        migrator: Box::new(ToolMigrator(InContainer { client })),
    }
}

/// What runs instances on a swarm.
pub fn runtime(home: &Home, binary: &Path, docker_host: Option<&str>) -> SwarmRuntime {
    let client = Arc::new(Client::new(docker_host));
    let processes = ProcessRuntime { home: home.clone(), binary: binary.to_owned() };
    SwarmRuntime {
        followers: Followers { processes: processes.clone(), docker_host: docker_host.map(str::to_owned) },
        here: DockerRuntime { client: Arc::clone(&client), beside: Some(processes) },
        client,
    }
}
