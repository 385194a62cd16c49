//! The data plane as the engine's traffic driver: the engine does not know the proxy, and the proxy knows no engine.

use engine::DriverError;
use engine::driver::Traffic;
use model::event::FailureKind;
use model::id::Scope;
use model::routing::{RoutingTable, TrafficState};
use proxy::ProxyError;
use proxy::control::Client;
use proxy::settings::Settings;
use std::path::PathBuf;

/// Speaks with the proxy of this machine.
pub struct LocalProxy {
    /// The proxy's folder.
    pub home: PathBuf,
    /// Our own binary, which is also the proxy's.
    pub binary: PathBuf,
}

impl LocalProxy {
    /// The running proxy, or `None`.
    fn client(&self) -> Result<Option<Client>, DriverError> {
        match Client::connect(&self.home) {
            Ok(client) => Ok(Some(client)),
            Err(ProxyError::Unreachable { .. }) => Ok(None),
            Err(error) => Err(failure(&error)),
        }
    }

    fn running(&self) -> Result<Client, DriverError> {
        Client::connect(&self.home).map_err(|error| failure(&error))
    }
}

impl Traffic for LocalProxy {
    fn ensure(&self) -> Result<(), DriverError> {
        let settings = Settings::default();
        let client =
            proxy::launch::ensure(&self.home, &self.binary, &settings).map_err(|error| failure(&error))?;
        // A proxy of an earlier Mainstay hands over to ours; it finishes what it has begun.
        if client.version().map_err(|error| failure(&error))?.mainstay != env!("CARGO_PKG_VERSION") {
            client.upgrade(&self.binary).map_err(|error| failure(&error))?;
        }
        Ok(())
    }

    fn publish(&self, table: &RoutingTable) -> Result<(), DriverError> {
        self.running()?.publish(table).map_err(|error| failure(&error))
    }

    fn state(&self, scope: &Scope) -> Result<Option<TrafficState>, DriverError> {
        let Some(client) = self.client()? else { return Ok(None) };
        match client.state(scope) {
            Ok(state) => Ok(Some(state)),
            Err(ProxyError::UnknownScope { .. }) => Ok(None),
            Err(error) => Err(failure(&error)),
        }
    }

    fn remove(&self, scope: &Scope) -> Result<(), DriverError> {
        let Some(client) = self.client()? else {
            // Whatever starts it next must not serve what was taken down.
            return proxy::forget(&self.home, scope).map_err(|error| failure(&error));
        };
        match client.remove(scope) {
            Ok(()) | Err(ProxyError::UnknownScope { .. }) => Ok(()),
            Err(error) => Err(failure(&error)),
        }
    }
}

fn failure(error: &ProxyError) -> DriverError {
    DriverError::new(FailureKind::Traffic, error.to_string())
}
