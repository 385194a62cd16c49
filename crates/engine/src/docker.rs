//! The `docker` target: a Docker Engine of this machine, over its API.
//!
//! Instances and datastores are containers on a network of the scope; this machine reaches them over ports on loopback, and
//! they reach it (the proxy, and through it each other) at the network's gateway. Everything of ours has labels and is found
//! by them; what has none is never touched.

mod build;
mod builder;
mod client;
mod container;
mod datastore;
mod ignore;
mod inspect;
mod job;
mod names;
mod network;
mod output;
mod recipe;
mod runtime;
mod trace;

pub use builder::DockerBuilder;
pub use client::Client;
pub use job::InContainer;
pub use recipe::{Recipes, Written};
pub use runtime::DockerRuntime;

use crate::core::TargetDrivers;
use crate::migrator::ToolMigrator;
use crate::process_runtime::ProcessRuntime;
use host::paths::Home;
use std::path::Path;
use std::sync::Arc;

/// The drivers of the `docker` target. The engine that `docker_host` names, or the usual one, is asked when it is needed.
/// `binary` is Mainstay's own, which is the bucket.
pub fn drivers(home: &Home, binary: &Path, docker_host: Option<&str>, recipes: Recipes) -> TargetDrivers {
    let client = Arc::new(Client::new(docker_host));
    let beside = Some(ProcessRuntime { home: home.clone(), binary: binary.to_owned() });
    TargetDrivers {
        runtime: Box::new(DockerRuntime { client: Arc::clone(&client), beside }),
        builder: Box::new(DockerBuilder { client: Arc::clone(&client), home: home.clone(), recipes }),
        datastores: datastore::drivers(&client, home, binary),
        migrator: Box::new(ToolMigrator(InContainer { client })),
    }
}
