//! The generated stacks on a real swarm, deployed by the commands in their head.

mod deployed;
mod visitor;

use super::rig::{Rig, wait};
use crate::containers;
use crate::containers::bucket::Bucket;
use deployed::Deployed;
use mainstay_tests::world::World;
use visitor::Visitor;

/// A reference system, and what it is asked.
struct System {
    name: &'static str,
    bucket: Option<&'static str>,
    /// A path behind the entry with the status that it answers.
    asked: (&'static str, u16),
}

/// A swarm on which a system runs.
struct Running {
    /// Let go before what is under it.
    bucket: Option<Bucket>,
    world: World,
    rig: Rig,
}

impl System {
    /// A swarm, and what the system needs around it; `None` without a swarm.
    fn surroundings(&self) -> Option<Running> {
        // In this order: the machine's turn may be a long wait, and others need only the swarm.
        let world = World::docker(self.name)?;
        let rig = Rig::find()?;
        containers::write(&world);
        let bucket = self.bucket.map(|name| Bucket::start(&world, name));
        Some(Running { bucket, world, rig })
    }

    /// Deploys it for the first time: everything runs and stays, and the entry of each node answers.
    fn deploy<'a>(&self, on: &'a Running) -> Deployed<'a> {
        let stack = Deployed::prepare(&on.rig, &on.world, on.bucket.as_ref());
        stack.first();
        for visitor in self.visitors(on) {
            wait("the entry of each node answers", || visitor.once() == Ok(self.asked.1));
        }
        stack.assert_stays();
        stack
    }

    /// One for the entry of each node.
    fn visitors(&self, on: &Running) -> [Visitor; 2] {
        [on.rig.manager(), on.rig.node()].map(|node| Visitor::new(&node.address(), self.asked.0))
    }

    /// Deploys a good release of a service, and then one that is no good: nobody at the entry notices either.
    fn assert_updates(&self, on: &Running, stack: &mut Deployed<'_>, service: &str, bad: &str) {
        let before = stack.image(service);
        let visits = self.visitors(on).map(|visitor| visitor.stay(self.asked.1));
        stack.release(service, "LABEL release=good");
        stack.wait_for(service, "completed");
        let good = stack.image(service);
        assert_ne!(good, before);
        stack.assert_runs(service, &good);
        stack.release(service, bad);
        stack.wait_for(service, "rollback_completed");
        stack.assert_runs(service, &good);
        visits.into_iter().for_each(visitor::Stay::assert_unharmed);
    }
}

#[test]
fn brainstorm_ships() {
    let system = System { name: "brainstorm", bucket: None, asked: ("/api/projects", 401) };
    let Some(swarm) = system.surroundings() else { return };
    let mut stack = system.deploy(&swarm);
    // Ends at once.
    system.assert_updates(&swarm, &mut stack, "backend", "CMD [\"false\"]");
}

#[test]
fn procurement_ships() {
    let bucket = Some("procurement-documents");
    let system = System { name: "procurement", bucket, asked: ("/health", 200) };
    let Some(swarm) = system.surroundings() else { return };
    let mut stack = system.deploy(&swarm);
    // Runs, and is never healthy.
    system.assert_updates(&swarm, &mut stack, "procurement", "CMD [\"sleep\", \"1000\"]");
}

#[test]
fn saas_starter_ships() {
    let system = System { name: "saas-starter", bucket: None, asked: ("/", 200) };
    let Some(swarm) = system.surroundings() else { return };
    system.deploy(&swarm);
}

#[test]
fn together_pray_ships() {
    let system = System { name: "together-pray", bucket: None, asked: ("/", 200) };
    let Some(swarm) = system.surroundings() else { return };
    system.deploy(&swarm);
}

#[test]
fn vaultcpa_ships() {
    let system = System { name: "vaultcpa", bucket: None, asked: ("/login", 200) };
    let Some(swarm) = system.surroundings() else { return };
    system.deploy(&swarm);
}
