//! Putting a routing table in force.

use super::{Detail, Performer};
use crate::error::DriverError;
use crate::following::Following;
use model::manifest::Target;
use model::routing::RoutingTable;

impl Performer<'_> {
    pub(super) fn route(&self, table: &RoutingTable) -> Result<Detail, DriverError> {
        let traffic = self.engine.drivers.traffic.as_ref();
        if self.target()?.orchestrated() {
            return self.following().put(table, self.local()?.runtime.as_ref(), traffic).map(|()| None);
        }
        let mut table = table.clone();
        table.generation = traffic.state(&table.scope)?.map_or(1, |state| state.generation + 1);
        traffic.publish(&table)?;
        Ok(None)
    }

    pub(super) fn unroute(&self) -> Result<Detail, DriverError> {
        self.following().end()?;
        self.engine.drivers.traffic.remove(&self.plan.scope).map(|()| None)
    }

    fn following(&self) -> Following<'_> {
        Following { home: &self.engine.home, scope: &self.plan.scope }
    }

    fn target(&self) -> Result<Target, DriverError> {
        match &self.plan.release {
            Some(release) => Ok(release.manifest.environment.target),
            None => self.engine.target(&self.plan.scope).map_err(|error| super::machine(&error)),
        }
    }
}
