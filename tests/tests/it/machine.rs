//! The machine fails: a full disk, a clock that jumps, someone else who deploys.

use mainstay_tests::load::{Load, Mix};
use mainstay_tests::shop::{Mode, Plot, Shop};
use mainstay_tests::world::World;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Fills a file system to the last byte.
fn fill(folder: &Path) {
    let mut file = File::create(folder.join("filler")).expect("there is room for a name");
    for size in [1 << 16, 1 << 10, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

fn empty(folder: &Path) {
    fs::remove_file(folder.join("filler")).expect("it was filled");
}

#[test]
fn a_ledger_on_a_full_disk_stops_a_deploy_and_nothing_else() {
    let world = World::new("full");
    let ledger = world.home.join("ledger");
    if !world.mount_small(&ledger, "3m") {
        println!("skipped: a small file system can only be mounted as root");
        return;
    }
    let shop = Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix::STEADY);
    load.settle(50);

    // Full from the beginning.
    shop.commit("v2", Mode::Good);
    fill(&ledger);
    let output = world.mainstay(&["deploy"]);
    assert!(matches!(output.code, Some(3 | 4)), "{}", output.shown());
    assert!(output.stderr.contains("full") || output.stderr.contains("space"), "{}", output.shown());
    assert_eq!(shop.version(), "v1");
    empty(&ledger);

    // Full from the middle on.
    let mut deploy = world.spawn(&["deploy", "--format", "json"]);
    assert!(deploy.wait_for_step(7));
    fill(&ledger);
    let output = deploy.finish();
    assert_eq!(output.code, Some(4), "{}", output.shown());
    assert_eq!(shop.version(), "v1", "{}", output.shown());
    empty(&ledger);

    world.mainstay(&["deploy"]).exits(0);
    assert_eq!(shop.version(), "v2");
    world.assert_only(1);
    load.stop().assert_nothing_lost();
}

#[test]
fn of_two_deploys_at_once_one_is_refused_by_name() {
    let world = World::new("both");
    let shop = Shop::open(&world, &Plot { deploy: "watch = \"3s\"", ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix::STEADY);
    shop.commit("v2", Mode::Good);
    let mut first = world.spawn(&["deploy", "--format", "json"]);
    assert!(first.wait_for_step(3));
    world.mainstay(&["deploy"]).exits(3).says(&[&first.pid().to_string()]);
    first.finish().exits(0);
    assert_eq!(shop.version(), "v2");
    // At the very same moment: never two, never none.
    shop.commit("v3", Mode::Good);
    let (one, other) = (world.spawn(&["deploy"]), world.spawn(&["deploy"]));
    let outputs = [one.finish(), other.finish()];
    let mut codes = outputs.clone().map(|output| output.code);
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(3)], "{}\n{}", outputs[0].shown(), outputs[1].shown());
    assert_eq!(shop.version(), "v3");
    world.assert_only(1);
    load.stop().assert_nothing_lost();
}

#[test]
fn a_clock_moved_back_changes_nothing() {
    let world = World::new("clock");
    if !Command::new("faketime").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: faketime is not installed (Debian, Ubuntu: apt-get install faketime)");
        return;
    }
    let shop = Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix::STEADY);
    let shifted = |shift: &str, arguments: &[&str]| {
        let mut command = Command::new("faketime");
        command.args(["-f", shift]).arg(world.binary()).args(arguments);
        command
            .current_dir(&world.repo)
            .env("MAINSTAY_HOME", &world.home)
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command.env("DONT_FAKE_MONOTONIC", "1");
        world.spawn_command(command).finish()
    };
    for (version, shift) in [("v2", "+3h"), ("v3", "-2h"), ("v4", "-400d")] {
        shop.commit(version, Mode::Good);
        shifted(shift, &["deploy"]).exits(0);
        assert_eq!(shop.version(), version, "the clock stood at {shift}");
        world.assert_only(1);
    }
    // The release before is the one that was live before, whatever the clock said.
    shifted("-300d", &["rollback"]).exits(0);
    assert_eq!(shop.version(), "v3");
    shop.commit("v5", Mode::CrashAtBoot);
    shifted("-1h", &["deploy"]).exits(4);
    assert_eq!(shop.version(), "v3");
    let output = world.mainstay(&["doctor"]);
    assert!(!output.stdout.contains("ledger/chain"), "{}", output.shown());
    load.stop().assert_nothing_lost();
}
