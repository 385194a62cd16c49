//! How a release goes live, goes back, rests and comes again.

use mainstay_tests::load::{Load, Mix, get};
use mainstay_tests::shop::{Mode, Plot, Shop, git};
use mainstay_tests::world::{Part, World};
use std::fs;
use std::time::Duration;

#[test]
fn a_rollback_builds_nothing_and_needs_no_source() {
    let world = World::new("back");
    let shop = Shop::open(&world, &Plot::default());
    world.mainstay(&["up"]).exits(0);
    let manifest = fs::read(world.repo.join("mainstay.toml")).expect("it was written");
    shop.commit("v2", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    // All that is left of the repository is the file that names the project.
    for entry in fs::read_dir(&world.repo).expect("ours").flatten() {
        let removed = if entry.path().is_dir() {
            fs::remove_dir_all(entry.path())
        } else {
            fs::remove_file(entry.path())
        };
        removed.expect("ours");
    }
    fs::write(world.repo.join("mainstay.toml"), manifest).expect("ours");
    let load = Load::start(world.entry, Mix::STEADY);
    let output = world.mainstay(&["rollback"]).exits(0);
    assert!(!output.stderr.contains("build"), "{}", output.shown());
    assert_eq!(shop.version(), "v1");
    world.assert_only(1);
    world.mainstay(&["rollback"]).exits(0);
    assert_eq!(shop.version(), "v2");
    let releases = world.mainstay(&["releases", "--format", "json"]).exits(0).json();
    let named = releases[1]["id"].as_str().expect("a release").to_owned();
    world.mainstay(&["rollback", &named]).exits(0);
    assert_eq!(shop.version(), "v1");
    world.mainstay(&["rollback", "r0099-1234567"]).exits(3).says(&["r0099-1234567", "help:"]);
    load.stop().assert_nothing_lost();
}

#[test]
fn canary_steps_share_the_traffic_as_they_say() {
    let world = World::new("canary");
    let deploy = "strategy = \"canary\"\ncanary = [10, 50]\nhold = \"4s\"\nwatch = \"300ms\"";
    let shop = Shop::open(&world, &Plot { deploy, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    shop.commit("v2", Mode::Good);
    let load = Load::start(world.entry, Mix { gets: 6, fresh: 6, ..Mix::GETS });
    load.settle(100);
    let mut deploy = world.spawn(&["deploy", "--format", "json"]);
    let mut shares = Vec::new();
    let mut watched = None;
    let count = |version: &str| load.so_far().releases.get(version).copied().unwrap_or(0);
    while let Some(line) = deploy.next_line() {
        let event: serde_json::Value = serde_json::from_str(&line).expect("a line is an event");
        if event["body"]["event"] == "run-started" {
            let steps = event["body"]["plan"]["steps"].as_array().expect("a plan has steps");
            let step = steps.iter().filter(|step| step["phase"] == "watch");
            watched = Some(step.map(|step| step["id"].clone()).collect::<Vec<_>>());
        }
        let watches = watched.as_ref().is_some_and(|steps| steps.contains(&event["body"]["step"]));
        if watches && event["body"]["event"] == "step-started" {
            shares.push((count("v1"), count("v2"), 0, 0));
        }
        if let (true, "step-done", Some(share)) =
            (watches, event["body"]["event"].as_str().unwrap_or(""), shares.last_mut())
        {
            (share.2, share.3) = (count("v1"), count("v2"));
        }
    }
    deploy.finish().exits(0);
    let percent = shares.iter().map(|(old, new, old_after, new_after)| {
        let (old, new) = (old_after - old, new_after - new);
        println!("{new} of {} requests went to the new release", old + new);
        100.0 * f64::from(u32::try_from(new).expect("few"))
            / f64::from(u32::try_from(old + new).expect("few"))
    });
    let percent: Vec<f64> = percent.collect();
    for (is, wanted) in percent.iter().zip([10.0, 50.0, 100.0]) {
        assert!((is - wanted).abs() <= 5.0, "{percent:?}");
    }
    assert_eq!(percent.len(), 3, "{percent:?}");
    load.stop().assert_nothing_lost();
    world.assert_only(1);
}

#[test]
fn a_bad_canary_goes_back_before_most_have_met_it() {
    let world = World::new("bird");
    let deploy = "strategy = \"canary\"\ncanary = [10]\nhold = \"20s\"\nwatch = \"1s\"";
    let shop = Shop::open(&world, &Plot { deploy, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix::STEADY);
    load.settle(200);
    shop.commit("v2", Mode::Errors);
    world.mainstay(&["deploy"]).exits(4).says(Mode::Errors.words());
    assert_eq!(shop.version(), "v1");
    world.assert_only(1);
    let report = load.stop();
    println!("{report}");
    report.assert_nothing_lost();
    let met = report.release_errors.get("v2").copied().unwrap_or(0);
    assert!(met * 100 < report.total() * 15, "{met} of {} met the bad release", report.total());
}

#[test]
fn blue_green_keeps_the_old_release_warm() {
    let world = World::new("green");
    let shop =
        Shop::open(&world, &Plot { deploy: "strategy = \"blue-green\"\nwatch = \"300ms\"", ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix::STEADY);
    let blue = world.part(Part::Instance).remove(0).pid;
    shop.commit("v2", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    assert_eq!(shop.version(), "v2");
    world.assert_only(2);
    // Back to the very process that served before.
    world.mainstay(&["rollback"]).exits(0);
    assert_eq!(shop.version(), "v1");
    assert!(world.part(Part::Instance).iter().any(|process| process.pid == blue));
    shop.commit("v3", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    shop.commit("v4", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    assert_eq!(shop.version(), "v4");
    world.assert_only(2);
    load.stop().assert_nothing_lost();
}

#[test]
fn two_projects_on_one_machine_do_not_collide() {
    let world = World::new("one");
    let shop = Shop::open(&world, &Plot { database: true, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    // The same shop under another name, with the same wish for its own port and none for the entry.
    let other = world.folder().join("other");
    fs::create_dir(&other).expect("ours");
    for name in [
        "server.js",
        "behaviour.js",
        "migrate.js",
        "build.js",
        "package.json",
        "package-lock.json",
        "mainstay.toml",
    ] {
        fs::copy(world.repo.join(name), other.join(name)).expect("ours");
    }
    let text = fs::read_to_string(other.join("mainstay.toml")).expect("ours");
    let text = text
        .replace("name = \"one\"", "name = \"other\"")
        .replace(&format!("port = {}\n", world.entry.port()), "");
    fs::write(other.join("mainstay.toml"), text).expect("ours");
    fs::write(other.join("behaviour.js"), "module.exports = { version: 'other', mode: 'good' };")
        .expect("ours");
    git(&other, &["init", "--quiet"]);
    let folder = other.to_str().expect("UTF-8");
    world.mainstay(&["up", "-C", folder]).exits(0);
    let status = world.mainstay(&["status", "-C", folder, "--format", "json"]).exits(0).json();
    let url = status["url"].as_str().expect("it has an address");
    let port: u16 =
        url.rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse().ok()).expect("a port");
    let entry = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    assert_eq!(get(entry, "/version").expect("it serves").text(), "other");
    assert_eq!(shop.version(), "v1");
    world.assert_only(2);
    // One goes, the other stays.
    let load = Load::start(world.entry, Mix::STEADY);
    world.mainstay(&["down", "-C", folder]).exits(0);
    load.settle(100);
    load.stop().assert_nothing_lost();
    assert_eq!(shop.version(), "v1");
    world.assert_only(1);
}

#[test]
fn up_from_a_dirty_tree_says_so() {
    let world = World::new("dirty");
    let shop = Shop::open(&world, &Plot::quick());
    shop.edit("v2-not-committed", Mode::Good);
    world.mainstay(&["up"]).exits(0).says(&["not committed"]);
    assert_eq!(shop.version(), "v2-not-committed");
    let releases = world.mainstay(&["releases", "--format", "json"]).exits(0).json();
    assert_eq!(releases[0]["dirty"], true, "{releases}");
    // Nothing changed, nothing to do.
    let before = world.part(Part::Instance).remove(0).pid;
    world.mainstay(&["up"]).exits(0);
    assert_eq!(world.part(Part::Instance).remove(0).pid, before);
    git(&world.repo, &["add", "--all"]);
    git(&world.repo, &["commit", "--quiet", "--message", "Make it so"]);
    let output = world.mainstay(&["deploy"]).exits(0);
    assert!(!output.stderr.contains("not committed"), "{}", output.shown());
}

#[test]
fn down_and_up_again_keep_the_data() {
    let world = World::new("data");
    let shop = Shop::open(&world, &Plot { database: true, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    assert!(!world.part(Part::Database).is_empty());
    let versions = |world: &World| {
        // The database's own address and credentials, as the shop itself is given them.
        let process = world.part(Part::Instance).remove(0);
        let text = fs::read(format!("/proc/{}/environ", process.pid)).expect("the test may look");
        let text = String::from_utf8_lossy(&text).into_owned();
        let url = text
            .split('\0')
            .find_map(|line| line.strip_prefix("DATABASE_URL="))
            .expect("the shop has a database");
        let mut psql = std::process::Command::new("psql");
        let output =
            psql.args(["-X", "-A", "-t", "-c", "SELECT version FROM migrated ORDER BY 1", url]).output();
        let output = output.expect("psql is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(versions(&world), ["v1"]);
    world.mainstay(&["down"]).exits(0);
    world.assert_only(0);
    assert!(world.part(Part::Database).is_empty(), "{:?}", world.part(Part::Database));
    assert!(get(world.entry, "/version").is_err(), "nobody serves");
    world.mainstay(&["status"]).exits(1);
    world.mainstay(&["down"]).exits(0);
    shop.commit("v2", Mode::Good);
    world.mainstay(&["up"]).exits(0);
    assert_eq!(versions(&world), ["v1", "v2"]);
    assert_eq!(shop.version(), "v2");
}

#[test]
fn two_replicas_are_replaced_without_a_loss() {
    let world = World::new("two");
    let shop = Shop::open(&world, &Plot { replicas: 2, deploy: "watch = \"2s\"", ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix::STEADY);
    shop.commit("v2", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    world.assert_only(2);
    shop.commit("v3", Mode::CrashLater);
    world.mainstay(&["deploy"]).exits(4);
    world.assert_only(2);
    shop.retune("replicas = 2", "replicas = 1");
    shop.commit("v4", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    world.assert_only(1);
    shop.retune("replicas = 1", "replicas = 3");
    shop.commit("v5", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    world.assert_only(3);
    let status = world.status();
    let running =
        status["instances"].as_array().expect("a list").iter().filter(|instance| instance["live"] == true);
    assert_eq!(running.count(), 3, "{status}");
    // Two instances of the one bad release died.
    load.stop().assert_nothing_lost_but_posts_in_hand(2, Mix::STEADY.posts);
}

#[test]
fn an_application_that_ends_at_once_is_drained_first() {
    let world = World::new("abrupt");
    let shop = Shop::open(&world, &Plot { deploy: "watch = \"2s\"\ndrain = \"6s\"", ..Plot::quick() });
    // No word to clients on SIGTERM: what is in flight then is cut.
    let server = fs::read_to_string(world.repo.join("server.js")).expect("ours");
    fs::write(
        world.repo.join("server.js"),
        server.replace("process.on('SIGTERM', () => {", "process.on('SIGTERM', () => {\n  process.exit(0);"),
    )
    .expect("ours");
    shop.commit("v1", Mode::Good);
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix { websockets: 0, ..Mix::STEADY });
    load.settle(50);
    shop.commit("v2", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    // Also on the way back: requests that the bad release had begun to answer.
    shop.commit("v3", Mode::Errors);
    world.mainstay(&["deploy"]).exits(4);
    world.mainstay(&["rollback"]).exits(0);
    assert_eq!(shop.version(), "v1");
    std::thread::sleep(Duration::from_millis(500));
    let report = load.stop();
    println!("{report}");
    report.assert_nothing_lost();
}
