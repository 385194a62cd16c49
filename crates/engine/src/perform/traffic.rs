//! Putting a routing table in force.

use super::{Detail, Performer};
use crate::error::DriverError;
use crate::following::Following;
use model::routing::RoutingTable;

impl Performer<'_> {
    pub(super) fn route(&self, table: &RoutingTable) -> Result<Detail, DriverError> {
        let (local, traffic) = (self.local()?, self.engine.drivers.traffic.as_ref());
        match &local.orchestrator {
            Some(_) => self.following().put(table, local.runtime.as_ref(), traffic)?,
            None => traffic.replace(table.clone())?,
        }
        Ok(None)
    }

    pub(super) fn unroute(&self) -> Result<Detail, DriverError> {
        self.following().end()?;
        self.engine.drivers.traffic.remove(&self.plan.scope).map(|()| None)
    }

    fn following(&self) -> Following<'_> {
        Following { home: &self.engine.home, scope: &self.plan.scope }
    }
}
