//! A real Docker Swarm of two nodes.

mod deploys;
mod faults;
mod rig;
mod smoke;
mod stack;
mod systems;

use mainstay_tests::world::World;
use rig::{Rig, wait};

/// A world on the manager of the swarm.
fn world(rig: &Rig, name: &str) -> World {
    World::swarm(name, &rig.manager().host, &rig.netns, &rig.registry)
}

/// Fails the test unless so many instances of a project run within a moment; returns how many on each node.
#[track_caller]
fn assert_tasks(rig: &Rig, project: &str, count: usize) -> [usize; 2] {
    let counts = || [rig.manager(), rig.node()].map(|client| client.instances(project).len());
    wait(&format!("{count} instances of {project} run"), || counts().iter().sum::<usize>() == count);
    counts()
}
