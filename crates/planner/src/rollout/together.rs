//! Instances that start and end together: each by itself where Mainstay runs them, and all of one start where an
//! orchestrator does.

use model::id::{InstanceId, ReleaseId, ServiceName};
use model::manifest::Target;
use model::plan::Action;
use model::unit::{Millis, Port};
use std::collections::BTreeMap;

/// Added to an instance's grace: what ends it may take a moment itself.
const MARGIN: Millis = Millis::seconds(15);

/// Instances for one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Together {
    instances: Vec<InstanceId>,
    grace: Millis,
    orchestrated: bool,
}

impl Together {
    /// Sorts instances, each with its grace, by the steps that they need.
    pub(crate) fn of(target: Target, instances: impl IntoIterator<Item = (InstanceId, Millis)>) -> Vec<Self> {
        let mut groups: BTreeMap<String, Self> = BTreeMap::new();
        let orchestrated = target.orchestrated();
        for (instance, grace) in instances {
            let group = instance.group().filter(|_| orchestrated).map(|(group, _)| group.to_owned());
            let group = group.unwrap_or_else(|| instance.to_string());
            let known = groups.entry(group);
            let known = known.or_insert(Self { instances: Vec::new(), grace, orchestrated });
            known.grace = known.grace.max(grace);
            known.instances.push(instance);
        }
        groups.into_values().collect()
    }

    /// Starts them.
    pub(crate) fn start(&self, release: &ReleaseId, service: &ServiceName, port: Option<Port>) -> Action {
        let (release, service) = (release.clone(), service.clone());
        match self.alone() {
            Some(instance) => Action::Start { instance, release, service, port },
            None => Action::Submit { instances: self.instances.clone(), release, service },
        }
    }

    /// Ends them.
    pub(crate) fn end(&self) -> Action {
        match self.alone() {
            Some(instance) => Action::Stop { instance },
            None => Action::Withdraw { instances: self.instances.clone() },
        }
    }

    /// Longest time for their end.
    pub(crate) fn patience(&self) -> Millis {
        Millis(self.grace.0 + MARGIN.0)
    }

    fn alone(&self) -> Option<InstanceId> {
        self.instances.first().filter(|_| !self.orchestrated).cloned()
    }
}
