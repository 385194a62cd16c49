//! An orchestrator in memory, which places what it is given, and moves it when it is told to.

use crate::world::{Shared, State};
use engine::DriverError;
use engine::driver::{Orchestrator, Variables};
use model::id::{InstanceId, Scope};
use model::instance::{InstancePhase, InstanceSpec, InstanceStatus, Reach};
use std::net::SocketAddr;

impl Orchestrator for Shared {
    fn submit(&self, _: &Scope, specs: &[InstanceSpec], _: &Variables) -> Result<(), DriverError> {
        self.may("submit")?;
        let mut state = self.state();
        for spec in specs {
            if state.instances.contains_key(&spec.id) {
                continue;
            }
            let elsewhere = Some(place(&mut state));
            let status =
                InstanceStatus { elsewhere, ..InstanceStatus::new(spec.clone(), InstancePhase::Running) };
            state.instances.insert(spec.id.clone(), status);
        }
        Ok(())
    }

    fn withdraw(&self, _: &Scope, instances: &[InstanceId]) -> Result<(), DriverError> {
        self.may("withdraw")?;
        self.state().instances.retain(|id, _| !instances.contains(id));
        Ok(())
    }

    fn machines(&self) -> Result<u16, DriverError> {
        Ok(1)
    }
}

/// A place where nothing is yet.
fn place(state: &mut State) -> Reach {
    state.placed += 1;
    SocketAddr::from(([10, 0, 0, 2], 30_000 + state.placed)).into()
}

impl Shared {
    /// Everything is somewhere else afterwards.
    pub fn move_all(&self) {
        let mut state = self.state();
        let ids: Vec<InstanceId> = state.instances.keys().cloned().collect();
        for id in ids {
            let reach = place(&mut state);
            if let Some(status) = state.instances.get_mut(&id) {
                status.elsewhere = Some(reach);
            }
        }
    }
}
