//! The control plane is killed, and so are instances.

use super::assert_instances;
use mainstay_tests::load::{Load, Mix};
use mainstay_tests::shop::{Mode, Plot, Shop};
use mainstay_tests::world::World;

#[test]
fn a_deploy_on_docker_killed_at_every_third_step_is_finished_or_undone() {
    let Some(world) = World::docker("dkkilled") else { return };
    let plot = Plot { deploy: "watch = \"300ms\"\ndrain = \"300ms\"\nkeep = 3", ..Plot::default() };
    let shop = Shop::open(&world, &plot);
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix::STEADY);
    let mut serving = "v1".to_owned();
    let (mut undone, mut finished) = (0, 0);
    for step in (1..).step_by(3) {
        let version = format!("v{}", step + 1);
        shop.commit(&version, Mode::Good);
        let mut deploy = world.spawn(&["deploy", "--format", "json"]);
        let there = deploy.wait_for_step(step);
        if there {
            deploy.kill();
            let output = world.mainstay(&["recover"]);
            match output.code {
                Some(0) => (finished, serving) = (finished + 1, version),
                Some(4) => undone += 1,
                _ => panic!("killed at event {step}\n{}", output.shown()),
            }
        } else {
            deploy.finish().exits(0);
            serving = version;
        }
        assert_eq!(shop.version(), serving, "killed at event {step}");
        let status = world.status();
        assert_eq!(status["healthy"], true, "killed at event {step}: {status}");
        assert_instances(&world, 1);
        if !there {
            break;
        }
    }
    let report = load.stop();
    println!("{undone} undone, {finished} finished\n{report}");
    assert!(undone > 2 && finished > 1, "{undone} undone, {finished} finished");
    report.assert_nothing_lost();
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
