//! What else is on the engine, in the network and on the machine.

use super::assert_instances;
use mainstay_tests::shop::{Mode, Plot, Shop};
use mainstay_tests::small::{Clock, Pair};
use mainstay_tests::world::World;

#[test]
fn what_is_not_ours_on_the_engine_is_left_alone() {
    let Some(world) = World::docker("dkforeign") else { return };
    let docker = world.engine();
    // As near as it gets: names that Mainstay would give, without its labels.
    let (container, volume) = ("dkforeign-dev-other", "dkforeign-dev-other");
    docker.run(&["volume", "create", volume]);
    let mount = format!("{volume}:/data");
    let id = docker.run(&[
        "run",
        "--detach",
        "--name",
        container,
        "--volume",
        &mount,
        "node:20-bookworm-slim",
        "sleep",
        "600",
    ]);
    let shop = Shop::open(&world, &Plot { deploy: "watch = \"300ms\"\nkeep = 2", ..Plot::default() });
    world.mainstay(&["up"]).exits(0);
    for version in ["v2", "v3"] {
        shop.commit(version, Mode::Good);
        world.mainstay(&["deploy"]).exits(0);
    }
    world.mainstay(&["down"]).exits(0);
    assert_instances(&world, 0);
    let running = docker.run(&["inspect", "--format", "{{.State.Running}} {{.RestartCount}}", &id]);
    assert_eq!(running, "true 0");
    docker.run(&["volume", "inspect", volume]);
    docker.run(&["rm", "--force", &id]);
    docker.run(&["volume", "rm", volume]);
}

#[test]
fn services_reach_each_other_by_name_and_the_release_that_serves_answers() {
    let Some(world) = World::docker("dknames") else { return };
    let pair = Pair::open(&world, 1);
    world.mainstay(&["up"]).exits(0);
    assert_eq!(pair.said(), "it is v1, and there is a bucket");
    pair.edit("v2");
    world.mainstay(&["deploy"]).exits(0);
    assert_eq!(pair.said(), "it is v2, and there is a bucket");
    assert_instances(&world, 2);
}

#[test]
fn a_scheduler_that_is_all_there_is_gives_way_to_its_next_release() {
    let Some(world) = World::docker("dkclock") else { return };
    let clock = Clock::open(&world);
    for version in ["v1", "v2"] {
        clock.edit(version);
        // Two never run at once, so for a moment nothing is on the project's network.
        world.mainstay(&["up"]).exits(0);
        assert_instances(&world, 1);
        let logs = world.mainstay(&["logs"]).exits(0);
        assert!(logs.stdout.contains(version), "{}", logs.shown());
    }
}

#[test]
fn a_project_does_not_move_to_another_target_by_itself() {
    let Some(world) = World::docker("dkmoved") else { return };
    let shop = Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    world.mainstay(&["deploy", "--target", "process"]).exits(3).says(&["mainstay down", "docker"]);
    assert_eq!(shop.version(), "v1");
    world.mainstay(&["down"]).exits(0);
    world.mainstay(&["up", "--target", "process"]).exits(0);
    assert_eq!(shop.version(), "v1");
    assert_instances(&world, 0);
}

#[test]
fn a_missing_engine_is_named_and_nothing_else_needs_one() {
    let world = World::new("dkabsent");
    let shop = Shop::open(&world, &Plot::quick());
    world.mainstay(&["up", "--target", "docker"]).exits(3).says(&["no Docker Engine answers", "process"]);
    world.mainstay(&["up"]).exits(0);
    assert_eq!(shop.version(), "v1");
}
