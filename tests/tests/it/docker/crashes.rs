//! The control plane is killed, and so are instances.

use super::assert_instances;
use mainstay_tests::load::{Load, Mix};
use mainstay_tests::shop::{After, Plot, Shop};
use mainstay_tests::world::World;

#[test]
fn a_deploy_on_docker_killed_at_every_third_step_is_finished_or_undone() {
    let Some(world) = World::docker("dkkilled") else { return };
    let plot = Plot { deploy: "watch = \"300ms\"\ndrain = \"300ms\"\nkeep = 3", ..Plot::default() };
    let shop = Shop::open(&world, &plot);
    world.mainstay(&["up"]).exits(0);
    let events = (1..).step_by(3).map(|event| (event, After::Recover));
    let kills = shop.kill_deploys(events, |serving, context| {
        shop.assert_serves(serving, context);
        assert_instances(&world, 1);
    });
    println!("{kills}");
    assert!(kills.undone > 2 && kills.finished > 1, "{kills}");
    kills.report.assert_nothing_lost();
}

#[test]
fn one_of_two_containers_killed_fails_no_idempotent_request() {
    let Some(world) = World::docker("dkpair") else { return };
    Shop::open(&world, &Plot { replicas: 2, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    assert_instances(&world, 2);
    let load = Load::start(world.entry, Mix { slow: 2, ..Mix::GETS });
    load.settle(50);
    let instances = world.engine().instances();
    // A crash: the engine starts it again.
    let pid = world.engine().run(&["inspect", "--format", "{{.State.Pid}}", &instances[0]]);
    mainstay_tests::world::process::kill(pid.parse().expect("a number"), libc::SIGKILL);
    load.settle(150);
    assert_instances(&world, 2);
    load.settle(200);
    // A person: the engine leaves it, and `up` brings it back.
    world.engine().run(&["kill", &instances[1]]);
    load.settle(150);
    world.mainstay(&["status"]).exits(1);
    world.mainstay(&["up"]).exits(0);
    assert_instances(&world, 2);
    load.settle(100);
    let report = load.stop();
    println!("{report}");
    report.assert_nothing_lost();
}
