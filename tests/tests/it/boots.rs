//! The machine goes down and comes back: `mainstay boot` lets everything run again.

use mainstay_tests::load::get;
use mainstay_tests::shop::{Mode, Plot, Shop};
use mainstay_tests::world::{Part, Process, World};
use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

/// What the shop's database says.
#[track_caller]
fn ask_database(world: &World, sql: &str) -> String {
    let instance = world.part(Part::Instance).pop().expect("an instance runs");
    let environment = fs::read(format!("/proc/{}/environ", instance.pid)).expect("it is ours");
    let environment = String::from_utf8_lossy(&environment).into_owned();
    let url = environment.split('\0').find_map(|line| line.strip_prefix("DATABASE_URL="));
    let mut psql = Command::new("psql");
    psql.args([
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--dbname",
        url.expect("it has one"),
        "--command",
        sql,
    ]);
    let output = psql.output().expect("psql is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn pids(world: &World) -> BTreeSet<u32> {
    world.processes().iter().map(|process: &Process| process.pid).collect()
}

#[test]
fn after_a_reboot_the_same_release_answers_with_its_data() {
    let world = World::new("reboot");
    let shop = Shop::open(&world, &Plot { database: true, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    shop.commit("v2", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    ask_database(&world, "INSERT INTO orders (item) VALUES ('a chair')");
    // What is in the repository by then is not what was deployed; and it need not be there.
    shop.commit("v3", Mode::Good);
    let elsewhere = world.folder().join("elsewhere");
    fs::rename(&world.repo, &elsewhere).expect("the folder is ours");
    fs::create_dir(&world.repo).expect("it is gone");
    world.cut_power();
    assert!(world.processes().is_empty(), "{:?}", world.processes());

    let output = world.mainstay(&["boot"]).exits(0);
    assert!(output.stdout.contains("reboot/dev") && output.stdout.contains("is live"), "{}", output.shown());
    assert_eq!(shop.version(), "v2", "{}", output.shown());
    assert_eq!(ask_database(&world, "SELECT item FROM orders"), "a chair");
    world.assert_only(1);
    // Again: everything stays as it is.
    let before = pids(&world);
    let output = world.mainstay(&["boot"]).exits(0);
    assert!(output.stdout.contains("runs already"), "{}", output.shown());
    assert_eq!(pids(&world), before);
    fs::remove_dir(&world.repo).expect("it is empty");
    fs::rename(&elsewhere, &world.repo).expect("the folder is ours");
    // What was taken down stays down.
    world.mainstay(&["down"]).exits(0);
    world.cut_power();
    let output = world.mainstay(&["boot"]).exits(0);
    assert!(output.stdout.contains("nothing was up"), "{}", output.shown());
    world.assert_only(0);
}

#[test]
fn a_deploy_cut_off_by_the_reboot_is_finished_or_undone_first() {
    let world = World::new("midway");
    let shop = Shop::open(&world, &Plot { database: true, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    let mut serving = "v1".to_owned();
    for step in [9, 15, 19, 21, 25] {
        let version = format!("v{}", step + 1);
        shop.commit(&version, Mode::Good);
        let mut deploy = world.spawn(&["deploy", "--format", "json"]);
        let there = deploy.wait_for_step(step);
        deploy.kill();
        world.cut_power();
        let output = world.mainstay(&["boot", "--format", "json"]).exits(0);
        let context = format!("cut off at event {step} ({there})\n{}", output.shown());
        assert!(output.stdout.lines().last().is_some_and(|line| line.contains("\"started\"")), "{context}");
        let finished = output.stdout.contains("\"direction\":\"finish\"") || !there;
        if finished {
            serving = version;
        }
        assert_eq!(shop.version(), serving, "{context}");
        assert_eq!(world.status()["healthy"], true, "{context}");
        world.assert_only(1);
    }
    assert!(serving != "v1", "none was finished");
}

/// A second project on the same machine: the shop's repository under another name.
fn second_project(world: &World) -> (std::path::PathBuf, SocketAddr) {
    let repo = world.folder().join("second");
    let copied = Command::new("cp").arg("-r").arg(&world.repo).arg(&repo).status();
    assert!(copied.is_ok_and(|status| status.success()));
    let path = repo.join("mainstay.toml");
    let text = fs::read_to_string(&path).expect("the shop has a manifest");
    let port =
        std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let entry = port.expect("loopback has a free port");
    let text = text.replace(&format!("name = \"{}\"", world.name), "name = \"zweites\"");
    fs::write(
        &path,
        text.replace(&format!("port = {}", world.entry.port()), &format!("port = {}", entry.port())),
    )
    .expect("the copy is ours");
    (repo, entry)
}

#[test]
fn one_project_that_cannot_start_leaves_the_others_up() {
    let world = World::new("broken");
    Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    let (repo, entry) = second_project(&world);
    let second = repo.to_str().expect("UTF-8");
    world.mainstay(&["-C", second, "up"]).exits(0);
    world.cut_power();
    let source = world.release_folder(1).join("source");
    fs::rename(&source, source.with_extension("lost")).expect("it was built");

    world.mainstay(&["boot", "--dry-run"]).exits(3);
    let output = world.mainstay(&["boot"]).exits(3).says(&["has no files", "mainstay up"]);
    assert!(output.stdout.contains("broken/dev  does not run"), "{}", output.shown());
    assert!(output.stdout.contains("zweites/dev") && output.stdout.contains("is live"), "{}", output.shown());
    assert_eq!(get(entry, "/version").expect("it serves").text(), "v1");
    world.assert_only(1);

    // `up` builds what is lost anew.
    world.mainstay(&["up"]).exits(0);
    assert_eq!(get(world.entry, "/version").expect("it serves").text(), "v1");
    world.mainstay(&["boot"]).exits(0);
    world.assert_only(2);
    world.mainstay(&["-C", second, "down"]).exits(0);
}

#[test]
fn systemd_is_told_and_the_doctor_says_so() {
    let world = World::new("unit");
    // A machine of its own as far as systemd's folders go.
    if !["/etc/systemd", "/run"].iter().all(|folder| world.mount_small(Path::new(folder), "1m")) {
        println!("skipped: file systems can only be mounted as root");
        return;
    }
    Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    let doctor = || world.mainstay(&["doctor"]).exits(0);
    world.mainstay(&["boot", "install"]).exits(3).says(&["not started by systemd", "@reboot MAINSTAY_HOME="]);
    doctor().says(&["boot/none", "crontab"]);

    fs::create_dir_all("/run/systemd/system").expect("mounted for this test");
    doctor().says(&["boot/none", "mainstay boot install"]);
    world.mainstay(&["boot", "status"]).exits(1);
    let unit = Path::new("/etc/systemd/system/mainstay.service");
    world.mainstay(&["boot", "install"]).exits(0);
    let text = fs::read_to_string(unit).expect("it was installed");
    assert!(text.contains(&format!("MAINSTAY_HOME={}", world.home.display())), "{text}");
    let link = Path::new("/etc/systemd/system/multi-user.target.wants/mainstay.service");
    assert_eq!(fs::canonicalize(link).expect("it is wanted"), fs::canonicalize(unit).expect("it is there"));
    world.mainstay(&["boot", "install"]).exits(0);
    assert_eq!(fs::read_to_string(unit).expect("it is there"), text, "written twice without a difference");
    let output = doctor();
    assert!(!output.stderr.contains("boot/"), "{}", output.shown());

    // What the unit says works: with its environment and nothing else.
    world.cut_power();
    let mut boot = Command::new("env");
    boot.arg("-i");
    for line in text.lines().filter_map(|line| line.strip_prefix("Environment=\"")) {
        boot.arg(line.trim_end_matches('"'));
    }
    let start = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("it starts something");
    boot.args(start.split(' ').map(|word| word.trim_matches('"'))).current_dir("/");
    world.spawn_command(boot).finish().exits(0);
    assert_eq!(get(world.entry, "/version").expect("it serves").text(), "v1");

    // Another home's unit is left alone.
    fs::write(unit, text.replace(&world.home.display().to_string(), "/srv/other"))
        .expect("mounted for this test");
    world.mainstay(&["boot", "install"]).exits(3).says(&["is not for"]);
    doctor().says(&["boot/other-home"]);
    fs::write(unit, &text).expect("mounted for this test");
    world.mainstay(&["boot", "uninstall"]).exits(0);
    assert!(!unit.exists() && link.symlink_metadata().is_err());
    world.mainstay(&["boot", "uninstall"]).exits(0);
    assert_eq!(get(world.entry, "/version").expect("it serves on").text(), "v1");
}

#[test]
fn what_was_taken_down_while_the_proxy_was_dead_is_not_served_again() {
    let world = World::new("taken");
    Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    world.cut_power();
    world.mainstay(&["down"]).exits(0);
    assert!(!world.home.join("proxy/routes/taken.dev.json").exists(), "its table is forgotten");
    assert!(get(world.entry, "/version").is_err(), "nobody listens");
}
