//! Deploys under load.

use mainstay_tests::load::{Load, Mix};
use mainstay_tests::shop::{Mode, Plot, Shop};
use mainstay_tests::world::World;

#[test]
fn first_up_serves_the_shop() {
    let world = World::new("first");
    let shop = Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    assert_eq!(shop.version(), "v1");
    world.assert_only(1);
}

#[test]
fn a_newer_runtime_than_the_least_that_is_asked_for_will_do() {
    let world = World::new("range");
    let shop = Shop::open(&world, &Plot::quick());
    let package = world.repo.join("package.json");
    let text = std::fs::read_to_string(&package).expect("ours");
    let ranged = text.replace("\"private\":true", "\"private\":true,\"engines\":{\"node\":\">=14\"}");
    std::fs::write(&package, ranged).expect("ours");
    shop.commit("v1", Mode::Good);
    world.mainstay(&["up"]).exits(0);
    assert_eq!(shop.version(), "v1");
}

#[test]
fn a_rollback_to_a_release_without_its_files_is_refused() {
    let world = World::new("hollow");
    let shop = Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    shop.commit("v2", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    let first = world.release_folder(1);
    std::fs::rename(first.join("source"), first.join("elsewhere")).expect("it was built");
    let path = first.to_string_lossy().into_owned();
    world.mainstay(&["rollback"]).exits(3).says(&[&path, "has no files", "deploy its commit"]);
    assert_eq!(shop.version(), "v2");
    world.assert_only(1);
    // With its files back, but a part that was never made.
    std::fs::rename(first.join("elsewhere"), first.join("source")).expect("it was moved");
    std::fs::write(first.join("pending/build-shop"), "").expect("the folder is there");
    world.mainstay(&["rollback"]).exits(3).says(&["build-shop"]);
    std::fs::remove_file(first.join("pending/build-shop")).expect("it was made");
    world.mainstay(&["rollback"]).exits(0);
    assert_eq!(shop.version(), "v1");
}

/// Good releases and every kind of bad one, in this order.
const DEPLOYS: [Mode; 20] = [
    Mode::Good,
    Mode::CrashAtBoot,
    Mode::NeverHealthy,
    Mode::Good,
    Mode::CrashLater,
    Mode::Good,
    Mode::Errors,
    Mode::Memory,
    Mode::Good,
    Mode::Build,
    Mode::Migration,
    Mode::MissingVariable,
    Mode::PortInUse,
    Mode::Good,
    Mode::Good,
    Mode::Errors,
    Mode::CrashLater,
    Mode::Good,
    Mode::CrashAtBoot,
    Mode::Good,
];

#[test]
fn twenty_deploys_good_and_bad_lose_nothing() {
    let world = World::new("twenty");
    let shop = Shop::open(&world, &Plot { database: true, ..Plot::default() });
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix::STEADY);
    load.settle(100);
    let mut serving = "v1".to_owned();
    for (at, mode) in DEPLOYS.into_iter().enumerate() {
        let version = format!("v{}", at + 2);
        shop.commit(&version, mode);
        let output = world.mainstay(&["deploy"]).exits(mode.exit_code()).says(mode.words());
        if mode == Mode::Good {
            serving = version;
        }
        assert_eq!(shop.version(), serving, "after {mode:?}\n{}", output.shown());
        load.settle(30);
    }
    let report = load.stop();
    println!("{report}");
    let deaths = DEPLOYS.iter().filter(|mode| mode.dies_while_it_serves()).count();
    report.assert_nothing_lost_but_posts_in_hand(deaths, Mix::STEADY.posts);
    report.assert_orders_done(&shop.orders_done());
    world.assert_only(1);
}
