//! The `docker` target: a Docker Engine of this machine, over its API.
//!
//! Instances and datastores are containers on a network of the scope; this machine reaches them over ports on loopback, and
//! they reach it (the proxy, and through it each other) at the network's gateway. Everything of ours has labels and is found
//! by them; what has none is never touched.

mod build;
mod builder;
pub(crate) mod client;
pub(crate) mod container;
mod datastore;
pub(crate) mod inspect;
mod job;
pub(crate) mod names;
pub(crate) mod network;
pub(crate) mod output;
mod protobuf;
mod recipe;
pub(crate) mod registry;
mod runtime;
mod session;
mod shelf;
mod trace;

pub use builder::DockerBuilder;
pub use client::Client;
pub(crate) use datastore::drivers as datastores;
pub use job::InContainer;
pub use recipe::{Recipes, Written};
pub use runtime::DockerRuntime;
pub(crate) use shelf::Shelf;

use crate::core::TargetDrivers;
use crate::migrator::ToolMigrator;
use crate::process_runtime::ProcessRuntime;
use artifact::dockerignore as ignore;
use host::paths::Home;
use std::path::Path;
use std::sync::Arc;

/// The drivers of the `docker` target. The engine that `docker_host` names, or the usual one, is asked when it is needed.
/// `binary` is Mainstay's own, which is the bucket.
pub fn drivers(home: &Home, binary: &Path, docker_host: Option<&str>, recipes: Recipes) -> TargetDrivers {
    let client = Arc::new(Client::new(docker_host));
    let gateway = Arc::clone(&client);
    let address = Box::new(move |scope: &_| network::gateway(&gateway, scope));
    let beside = Some(ProcessRuntime { home: home.clone(), binary: binary.to_owned() });
    TargetDrivers {
        runtime: Box::new(DockerRuntime { client: Arc::clone(&client), beside }),
        builder: Box::new(DockerBuilder {
            client: Arc::clone(&client),
            home: home.clone(),
            recipes,
            shelf: None,
        }),
        datastores: datastores(&client, home, binary, address),
        migrator: Box::new(ToolMigrator(InContainer { client })),
        orchestrator: None,
    }
}
