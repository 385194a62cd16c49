//! Deploys under load.

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

/// Every kind of bad release, and good ones between them.
pub(crate) const EVERY_KIND: [Mode; 14] = [
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
];

/// Some of them again, in another order.
const AGAIN: [Mode; 6] =
    [Mode::Good, Mode::Errors, Mode::CrashLater, Mode::Good, Mode::CrashAtBoot, Mode::Good];

#[test]
fn twenty_deploys_good_and_bad_lose_nothing() {
    let world = World::new("twenty");
    let shop = Shop::open(&world, &Plot { database: true, ..Plot::default() });
    world.mainstay(&["up"]).exits(0);
    let report = shop.deploy_under_load(&[&EVERY_KIND[..], &AGAIN].concat());
    println!("{report}");
    report.assert_orders_done(&shop.orders_done());
    world.assert_only(1);
}
