//! Instances and the proxy are killed, its file is damaged, its binary replaced.

use mainstay_tests::load::{Load, Mix, get};
use mainstay_tests::shop::{Plot, Shop};
use mainstay_tests::world::{Part, Process, World};
use std::fs;
use std::time::{Duration, Instant};

/// The only process of a part.
#[track_caller]
fn only(world: &World, part: Part) -> Process {
    let mut found = world.part(part);
    assert_eq!(found.len(), 1, "{part:?}: {found:?}");
    found.remove(0)
}

/// Waits until something is so.
#[track_caller]
fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(15);
    while !so() {
        assert!(Instant::now() < until, "{what} does not come about");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn one_of_two_instances_killed_fails_no_request_that_may_be_repeated() {
    let world = World::new("pair");
    let shop = Shop::open(&world, &Plot { replicas: 2, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    world.assert_only(2);
    let load = Load::start(world.entry, Mix { slow: 2, orders: 2, ..Mix::GETS });
    load.settle(50);
    for _ in 0..3 {
        let instances = world.part(Part::Instance);
        assert_eq!(instances.len(), 2, "{instances:?}");
        instances[0].kill();
        load.settle(150);
        eventually("a second instance", || world.part(Part::Instance).len() == 2);
        // Until it takes traffic again.
        load.settle(400);
    }
    let report = load.stop();
    println!("{report}");
    report.assert_nothing_lost();
    report.assert_orders_done(&shop.orders_done());
}

#[test]
fn a_killed_proxy_worker_is_back_at_once_with_its_routes() {
    let world = World::new("worker");
    let shop = Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    let mut gaps = Vec::new();
    for _ in 0..4 {
        // Longer than the life below which a restart waits.
        std::thread::sleep(Duration::from_millis(2200));
        let worker = only(&world, Part::Worker);
        let began = Instant::now();
        worker.kill();
        let reply = get(world.entry, "/version").expect("the connection waits in the keeper's socket");
        gaps.push(began.elapsed());
        assert_eq!((reply.status, reply.text().as_str()), (200, "v1"));
        assert_ne!(only(&world, Part::Worker).pid, worker.pid);
    }
    println!("from the kill to the first answer: {gaps:?}");
    assert!(gaps.iter().all(|gap| *gap < Duration::from_secs(1)), "{gaps:?}");
    assert_eq!(shop.version(), "v1");
}

#[test]
fn a_killed_proxy_keeper_loses_nothing_and_is_replaced() {
    let world = World::new("keeper");
    Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix::STEADY);
    load.settle(50);
    let (keeper, worker) = (only(&world, Part::Keeper), only(&world, Part::Worker));
    keeper.kill();
    eventually("another keeper", || world.part(Part::Keeper).iter().any(|process| process.pid != keeper.pid));
    load.settle(100);
    assert_eq!(only(&world, Part::Worker).pid, worker.pid, "the worker served on");
    load.stop().assert_nothing_lost();
    // The new keeper does its work.
    worker.kill();
    assert_eq!(get(world.entry, "/version").expect("the connection waits").text(), "v1");
}

#[test]
fn a_truncated_routing_file_means_the_table_before() {
    let world = World::new("truncated");
    let shop = Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    // A second generation, so that there is one before.
    shop.commit("v2", mainstay_tests::shop::Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    let file = world.home.join("proxy/routes/truncated.dev.json");
    let text = fs::read(&file).expect("the table is kept");
    for length in [text.len() / 2, 10, 0] {
        fs::write(&file, &text[..length]).expect("the file is ours");
        only(&world, Part::Worker).kill();
        let reply = get(world.entry, "/version").expect("the connection waits");
        assert_eq!((reply.status, reply.text().as_str()), (200, "v2"), "cut to {length} bytes");
        std::thread::sleep(Duration::from_millis(2200));
    }
    // All of the proxy gone at once, as after a power cut.
    fs::write(&file, &text[..text.len() / 2]).expect("the file is ours");
    only(&world, Part::Keeper).kill();
    world.part(Part::Worker).iter().for_each(Process::kill);
    world.mainstay(&["up"]).exits(0);
    assert_eq!(shop.version(), "v2");
    world.assert_only(1);
}

#[test]
fn replacing_the_proxy_binary_under_load_loses_nothing() {
    let world = World::new("upgraded");
    Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    let next = world.folder().join("mainstay-next");
    fs::copy(world.binary(), &next).expect("the binary can be copied");
    let client = proxy::control::Client::connect(&world.home.join("proxy")).expect("the proxy runs");
    let load = Load::start(world.entry, Mix::STEADY);
    load.settle(100);
    for binary in [&next, world.binary()] {
        let before = client.version().expect("the proxy answers").pid;
        client.upgrade(binary).expect("the same program under another name");
        let after = client.version().expect("the new proxy answers").pid;
        assert_ne!(after, before);
        let serving = Process::of(after).expect("it runs");
        assert!(serving.command.starts_with(binary.to_str().expect("UTF-8")), "{serving:?}");
        load.settle(300);
    }
    let report = load.stop();
    println!("{report}");
    report.assert_nothing_lost();
}
