//! The reference systems on a swarm: built on its manager, used while they are deployed, and taken away.

use super::rig::Rig;
use super::{assert_tasks, world};
use crate::examples::system::System;
use crate::examples::{brainstorm, procurement, saas_starter, together_pray, vaultcpa};

/// Brings one up, with so many instances of each service, and lets a scenario happen to it.
fn on_a_swarm(name: &str, replicas: &[(&str, usize)], scenario: fn(&System)) {
    let Some(rig) = Rig::find() else { return };
    let world = world(&rig, name);
    let manager = rig.manager().address().parse().expect("an address");
    let environment = format!("\n[environments.dev]\n{}port = {}\n", world.target(), world.entry.port());
    let system = System::up(world, manager, |mut manifest| {
        for (service, count) in replicas {
            let head = format!("[services.{service}]\n");
            assert!(manifest.contains(&head), "{manifest}");
            manifest = manifest.replace(&head, &format!("{head}replicas = {count}\n"));
        }
        // Of PostgreSQL the nodes have only this one.
        format!(
            "{manifest}\n[deploy]\nwatch = \"5s\"\n\n[datastores.postgres]\nversion = \"15\"\n{environment}"
        )
    });
    let count = replicas.iter().map(|(_, count)| count).sum();
    let everywhere = |tasks: [usize; 2]| assert!(tasks.iter().all(|count| *count > 0), "{tasks:?}");
    everywhere(assert_tasks(&rig, name, count));
    scenario(&system);
    everywhere(assert_tasks(&rig, name, count));
    system.world.mainstay(&["down"]).exits(0);
    assert_tasks(&rig, name, 0);
}

#[test]
fn brainstorm_on_a_swarm() {
    // Who writes and who looks on have to be at the same instance of its API.
    on_a_swarm("brainstorm", &[("backend", 1), ("frontend", 2)], brainstorm::keeps_everything_over_releases);
}

#[test]
fn procurement_on_a_swarm() {
    on_a_swarm("procurement", &[("procurement", 2)], procurement::keeps_everything_over_releases);
}

#[test]
fn saas_starter_on_a_swarm() {
    let replicas = [("client", 2), ("server", 2)];
    on_a_swarm("saas-starter", &replicas, saas_starter::keeps_everything_over_releases);
}

#[test]
fn together_pray_on_a_swarm() {
    on_a_swarm("together-pray", &[("api", 2), ("web", 2)], together_pray::keeps_everything_over_releases);
}

#[test]
fn vaultcpa_on_a_swarm() {
    on_a_swarm("vaultcpa", &[("server", 2), ("vaultcpa", 2)], vaultcpa::keeps_everything_over_releases);
}
