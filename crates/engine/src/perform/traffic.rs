//! Putting a routing table in force.

use super::{Detail, Performer};
use crate::error::DriverError;
use model::routing::RoutingTable;

impl Performer<'_> {
    pub(super) fn route(&self, table: &RoutingTable) -> Result<Detail, DriverError> {
        let traffic = &self.engine.drivers.traffic;
        let mut table = table.clone();
        table.generation = traffic.state(&table.scope)?.map_or(1, |state| state.generation + 1);
        traffic.publish(&table)?;
        Ok(None)
    }
}
