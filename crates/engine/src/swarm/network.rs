//! The network of a scope: an overlay over all nodes, on which containers of this machine may be too.

use super::names;
use crate::docker::client::{Client, failed};
use crate::docker::{names as docker, network};
use crate::error::DriverError;
use model::id::Scope;
use serde_json::json;

/// Makes sure that it is there.
///
/// # Errors
/// When there is another one of this name, or the engine refuses.
pub(super) fn ensure(client: &Client, scope: &Scope) -> Result<(), DriverError> {
    match network::kind(client, scope)?.as_deref() {
        Some(network::OVERLAY) => return Ok(()),
        // Left by the target `docker`; it goes only when nothing is on it.
        Some(_) => network::remove(client, scope)?,
        None => {}
    }
    let body = json!({
        "Name": docker::network(scope),
        "Driver": network::OVERLAY,
        "Attachable": true,
        "Labels": labels(scope),
    });
    client.post("/networks/create", Some(&body))?.done("make a network").map(|_| ()).map_err(|error| {
        failed(error.to_string())
            .advise("see `docker network ls` for one of this name that is not Mainstay's")
    })
}

fn labels(scope: &Scope) -> docker::Labels {
    let mut labels = docker::of_scope(scope);
    labels.insert(names::STACK.into(), names::stack(scope));
    labels
}
