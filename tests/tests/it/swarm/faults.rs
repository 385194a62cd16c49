//! A node is lost, the control plane is killed, and what follows tasks is killed.

use super::rig::{Rig, wait};
use super::{assert_tasks, world};
use mainstay_tests::load::{Load, Mix};
use mainstay_tests::shop::{After, Mode, Plot, Shop};
use mainstay_tests::world::Part;

#[test]
fn a_lost_node_fails_no_request_that_can_be_repeated() {
    let Some(rig) = Rig::find() else { return };
    let world = world(&rig, "swlost");
    let shop = Shop::open(&world, &Plot { replicas: 2, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    assert_eq!(assert_tasks(&rig, "swlost", 2), [1, 1]);
    let load = Load::start(world.entry, Mix::GETS);
    load.settle(100);
    rig.lose_node();
    wait("the other node has both instances", || rig.manager().instances("swlost").len() == 2);
    wait("both serve", || world.status()["healthy"] == true);
    load.settle(200);
    // A deploy goes on with what is left, and the node that comes back finds its old tasks gone.
    shop.commit("v2", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    assert_eq!(shop.version(), "v2");
    rig.bring_back();
    wait("the node has ended what was moved", || rig.node().instances("swlost").is_empty());
    load.settle(100);
    let report = load.stop();
    println!("{report}");
    report.assert_nothing_lost();
    assert_tasks(&rig, "swlost", 2);
}

#[test]
fn a_deploy_on_a_swarm_killed_at_every_fifth_step_is_finished_or_undone() {
    let Some(rig) = Rig::find() else { return };
    let world = world(&rig, "swkilled");
    let plot =
        Plot { deploy: "watch = \"300ms\"\ndrain = \"300ms\"\nkeep = 3", replicas: 2, ..Plot::default() };
    let shop = Shop::open(&world, &plot);
    world.mainstay(&["up"]).exits(0);
    let events = (3..).step_by(5).map(|event| (event, After::Recover));
    let kills = shop.kill_deploys(events, |serving, context| {
        shop.assert_serves(serving, context);
        assert_tasks(&rig, "swkilled", 2);
    });
    println!("{kills}");
    assert!(kills.undone > 1 && kills.finished > 0, "{kills}");
    kills.report.assert_nothing_lost();
}

#[test]
fn tasks_that_swarm_starts_again_are_found_also_after_their_follower_was_killed() {
    let Some(rig) = Rig::find() else { return };
    let world = world(&rig, "swmoved");
    Shop::open(&world, &Plot { replicas: 2, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix::GETS);
    load.settle(50);
    let followers = || {
        let all = world.part(Part::Other).into_iter();
        all.filter(|process| process.command.contains(" follow ")).collect::<Vec<_>>()
    };
    let before = followers();
    assert_eq!(before.len(), 1);
    before.iter().for_each(mainstay_tests::world::Process::kill);
    for client in [rig.manager(), rig.node()] {
        let [task] = &client.instances("swmoved")[..] else { panic!("each node has one") };
        client.run(&["kill", task]);
        wait("it runs again", || client.instances("swmoved").iter().any(|found| found != task));
        wait("both serve", || world.status()["healthy"] == true);
        load.settle(100);
    }
    assert!(followers().iter().all(|process| process.pid != before[0].pid), "another one follows");
    let report = load.stop();
    println!("{report}");
    report.assert_nothing_lost();
    world.mainstay(&["down"]).exits(0);
    assert!(followers().is_empty(), "there is nothing to follow any more");
}
