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
    /// A service behind the entry, and a path of it with the status that it answers.
    service: &'static str,
    path: &'static str,
    status: u16,
    /// The command of a release that is no good.
    bad: &'static str,
}

impl System {
    /// Deploys it for the first time, then a good release, then a bad one.
    fn ships(&self) {
        let Some(rig) = Rig::find() else { return };
        let Some(world) = World::docker(self.name) else { return };
        containers::write(&world);
        let bucket = self.bucket.map(|name| Bucket::start(&world, name));
        let mut stack = Deployed::prepare(&rig, &world, bucket.as_ref());
        stack.first();
        let addresses = [rig.manager().address(), rig.node().address()];
        let visit = |address: &String| Visitor::new(address, self.path);
        for visitor in addresses.iter().map(visit) {
            wait("the entry of each node answers", || visitor.once() == Ok(self.status));
        }
        stack.assert_stays();
        let before = stack.image(self.service);

        let visits = addresses.each_ref().map(visit).map(|visitor| visitor.stay(self.status));
        stack.release(self.service, "LABEL release=good");
        stack.wait_for(self.service, "completed");
        let good = stack.image(self.service);
        assert_ne!(good, before);
        stack.assert_runs(self.service, &good);
        visits.into_iter().for_each(visitor::Stay::assert_unharmed);

        let visits = addresses.each_ref().map(visit).map(|visitor| visitor.stay(self.status));
        stack.release(self.service, self.bad);
        stack.wait_for(self.service, "rollback_completed");
        stack.assert_runs(self.service, &good);
        visits.into_iter().for_each(visitor::Stay::assert_unharmed);
    }
}

#[test]
fn brainstorm_ships() {
    // Ends at once.
    let bad = "CMD [\"false\"]";
    let asked = ("backend", "/api/projects", 401);
    let (service, path, status) = asked;
    System { name: "brainstorm", bucket: None, service, path, status, bad }.ships();
}

#[test]
fn procurement_ships() {
    // Runs, and is never healthy.
    let bad = "CMD [\"sleep\", \"1000\"]";
    let bucket = Some("procurement-documents");
    System { name: "procurement", bucket, service: "procurement", path: "/health", status: 200, bad }.ships();
}
