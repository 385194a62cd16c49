//! Instances that start and end together: each by itself where Mainstay runs them, and all of one start where an
//! orchestrator does.

use model::id::{InstanceId, ReleaseId, ServiceName};
use model::manifest::Target;
use model::plan::Action;
use model::unit::{Millis, Port};

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
    /// Puts instances, each with its grace, together by the steps that they need. They stay in their order.
    pub(crate) fn of(target: Target, instances: impl IntoIterator<Item = (InstanceId, Millis)>) -> Vec<Self> {
        let orchestrated = target.orchestrated();
        let mut all: Vec<Self> = Vec::new();
        for (instance, grace) in instances {
            let mut known = all.iter_mut().filter(|together| together.takes(&instance));
            match known.next() {
                Some(together) => {
                    together.grace = together.grace.max(grace);
                    together.instances.push(instance);
                }
                None => all.push(Self { instances: vec![instance], grace, orchestrated }),
            }
        }
        all
    }

    /// The instances.
    pub(crate) fn instances(&self) -> &[InstanceId] {
        &self.instances
    }

    fn takes(&self, instance: &InstanceId) -> bool {
        let group = |id: &InstanceId| id.group().map(|(group, _)| group.to_owned());
        let first = self.instances.first().and_then(group);
        self.orchestrated && first.is_some() && first == group(instance)
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
