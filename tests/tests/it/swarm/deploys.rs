//! Releases on a swarm: brought up, replaced under load, rolled back, and taken away.

use super::rig::{Rig, wait};
use super::{assert_tasks, world};
use mainstay_tests::load::{Load, Mix};
use mainstay_tests::shop::{Mode, Plot, Shop};
use mainstay_tests::small::{Clock, Pair};

#[test]
fn a_first_up_on_a_swarm_serves_and_down_leaves_only_data() {
    let Some(rig) = Rig::find() else { return };
    let world = world(&rig, "swfirst");
    let shop = Shop::open(&world, &Plot { database: true, replicas: 2, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    assert_eq!(shop.version(), "v1");
    assert_eq!(assert_tasks(&rig, "swfirst", 2), [1, 1], "each node has an instance");
    let task = &rig.node().instances("swfirst")[0];
    let show = |what: &str| rig.node().run(&["inspect", "--format", what, task]);
    assert_eq!(
        show("{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.Init}}"),
        "1000 true [ALL] true"
    );
    assert_eq!(show("{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}"), "167772160 512");
    // What a tag means may change; what runs is named by its digest in the registry.
    assert!(show("{{.Config.Image}}").starts_with(&format!("{}/swfirst/dev/shop@sha256:", rig.registry)));
    // The database is on the manager's node, and only on the project's own network.
    let reach = "require('net').connect(5432, 'postgres').on('connect', () => process.exit(0)).on('error', () => process.exit(1))";
    rig.node().run(&["exec", task, "node", "-e", reach]);

    let ids = rig.node().instances("swfirst");
    let again = world.mainstay(&["up"]).exits(0);
    assert!(again.stdout.contains("runs already"), "{}", again.shown());
    assert_eq!(rig.node().instances("swfirst"), ids, "nothing had to be done");
    let logs = world.mainstay(&["logs"]).exits(0);
    assert_eq!(logs.stdout.matches("listening on").count(), 2, "{}", logs.shown());
    let status = world.status();
    assert_eq!(status["healthy"], true, "{status}");
    let memory = |part: &serde_json::Value| part["memory"].as_u64().unwrap_or(0) >> 20;
    let parts = status["instances"].as_array().expect("a list");
    assert!(parts.iter().filter(|part| (5..500).contains(&memory(part))).count() >= 2, "{status}");

    let volumes = world.engine().list("volume");
    assert_eq!(volumes.len(), 1);
    world.mainstay(&["down"]).exits(0);
    assert_tasks(&rig, "swfirst", 0);
    assert_eq!(rig.manager().lines(&["service", "ls", "--quiet"]), [""; 0]);
    assert_eq!(world.engine().list("volume"), volumes);
    assert_ne!(shop.version(), "v1", "nothing answers after down");
    world.mainstay(&["up"]).exits(0);
    assert_eq!((shop.version().as_str(), world.engine().list("volume")), ("v1", volumes));
}

/// Good releases and bad ones, of which Swarm itself calls all but the third and the last "update completed".
const DEPLOYS: [Mode; 9] = [
    Mode::Good,
    Mode::CrashLater,
    Mode::NeverHealthy,
    Mode::Errors,
    Mode::Good,
    Mode::Memory,
    Mode::Migration,
    Mode::CrashAtBoot,
    Mode::Good,
];

#[test]
fn nine_deploys_on_a_swarm_good_and_bad_lose_nothing() {
    let Some(rig) = Rig::find() else { return };
    let world = world(&rig, "swnine");
    let shop = Shop::open(&world, &Plot { database: true, replicas: 2, ..Plot::default() });
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix::STEADY);
    load.settle(100);
    shop.deploy_each(&DEPLOYS, &load);
    assert_tasks(&rig, "swnine", 2);
    let output = world.mainstay(&["rollback"]).exits(0);
    assert_eq!(shop.version(), "v6");
    assert!(!output.stderr.contains("build "), "{}", output.shown());
    load.settle(30);
    let report = load.stop();
    println!("{report}");
    shop.assert_only_lost_in_hand(&report, &DEPLOYS);
    assert_tasks(&rig, "swnine", 2);
}

#[test]
fn a_bad_first_release_on_a_swarm_leaves_nothing_and_says_that_it_failed() {
    let Some(rig) = Rig::find() else { return };
    let world = world(&rig, "swbad");
    let shop = Shop::open(&world, &Plot { replicas: 2, ..Plot::quick() });
    for (version, mode) in [("v1", Mode::NeverHealthy), ("v2", Mode::CrashAtBoot)] {
        shop.commit(version, mode);
        world.mainstay(&["up"]).exits(4).says(mode.words());
        assert_tasks(&rig, "swbad", 0);
        assert_eq!(rig.manager().lines(&["service", "ls", "--quiet"]), [""; 0]);
    }
    shop.commit("v3", Mode::Good);
    world.mainstay(&["up"]).exits(0);
    assert_eq!(shop.version(), "v3");
}

#[test]
fn a_swarm_of_several_nodes_without_a_registry_is_refused_before_anything_is_done() {
    let Some(rig) = Rig::find() else { return };
    let world = world(&rig, "swrefused");
    let shop = Shop::open(&world, &Plot::quick());
    shop.retune(&format!("registry = \"{}\"\n", rig.registry), "");
    world.mainstay(&["up"]).exits(3).says(&["2 nodes", "registry = "]);
    assert_eq!(rig.manager().lines(&["service", "ls", "--quiet"]), [""; 0]);
    // An engine that is in no swarm, or only a worker of one, says what to do.
    let mut command = world.command(["up"]);
    command.env("DOCKER_HOST", &rig.node().host);
    let output = world.spawn_command(command).finish().exits(3);
    output.says(&["worker", "docker node promote"]);
}

#[test]
fn where_one_node_takes_tasks_no_registry_is_needed() {
    let Some(rig) = Rig::find() else { return };
    let other = rig.node().run(&["info", "--format", "{{.Swarm.NodeID}}"]);
    rig.manager().run(&["node", "update", "--availability", "drain", &other]);
    let world = world(&rig, "swone");
    let shop = Shop::open(&world, &Plot { replicas: 2, ..Plot::quick() });
    shop.retune(&format!("registry = \"{}\"\n", rig.registry), "");
    world.mainstay(&["up"]).exits(0);
    assert_eq!(assert_tasks(&rig, "swone", 2), [2, 0]);
    let task = &rig.manager().instances("swone")[0];
    assert!(rig.manager().run(&["inspect", "--format", "{{.Config.Image}}", task]).starts_with("sha256:"));
    shop.commit("v2", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    assert_eq!(shop.version(), "v2");
}

#[test]
fn over_the_overlay_no_port_is_open_and_nothing_is_lost() {
    let Some(rig) = Rig::find() else { return };
    let world = world(&rig, "swover");
    let shop = Shop::open(&world, &Plot { replicas: 2, ..Plot::quick() });
    shop.retune("target = \"swarm\"", "target = \"swarm\"\npublish = \"overlay\"");
    shop.commit("v1", Mode::Good);
    world.mainstay(&["up"]).exits(0);
    assert_eq!(assert_tasks(&rig, "swover", 2), [1, 1]);
    for client in [rig.manager(), rig.node()] {
        assert_eq!(client.run(&["port", &client.instances("swover")[0]]), "");
    }
    println!("{}", shop.deploy_under_load(&[Mode::Good, Mode::CrashAtBoot, Mode::Good]));
    assert_eq!(shop.version(), "v4");

    // The way into the network is a container, which an engine may start again.
    let filter = ["ps", "--quiet", "--filter", "label=dev.mainstay.anchor"];
    let anchor = rig.manager().run(&filter);
    let pid = rig.manager().run(&["inspect", "--format", "{{.State.Pid}}", &anchor]);
    mainstay_tests::world::process::kill(pid.parse().expect("a number"), libc::SIGKILL);
    wait("the proxy is on the network again", || shop.version() == "v4");
    world.mainstay(&["down"]).exits(0);
    assert_eq!(rig.manager().run(&filter), "", "nothing of it is left");
}

#[test]
fn services_on_a_swarm_reach_each_other_and_what_the_manager_keeps() {
    let Some(rig) = Rig::find() else { return };
    let world = world(&rig, "swnames");
    let pair = Pair::open(&world, 2);
    world.mainstay(&["up"]).exits(0);
    assert_tasks(&rig, "swnames", 3);
    for version in ["v1", "v2"] {
        if version != "v1" {
            pair.edit(version);
            world.mainstay(&["deploy"]).exits(0);
        }
        // They take turns.
        let heard: Vec<String> = (0..4).map(|_| pair.said()).collect();
        assert_eq!(heard, vec![format!("it is {version}, and there is a bucket"); 4]);
    }
}

#[test]
fn a_scheduler_on_a_swarm_never_runs_twice() {
    let Some(rig) = Rig::find() else { return };
    let world = world(&rig, "swclock");
    let clock = Clock::open(&world);
    for version in ["v1", "v2"] {
        clock.edit(version);
        let up = world.mainstay(&["up"]).exits(0);
        assert_tasks(&rig, "swclock", 1);
        let logs = world.mainstay(&["logs"]).exits(0);
        assert!(logs.stdout.contains(version), "{}", logs.shown());
        let at = |words: &str| up.stderr.find(words);
        assert!(version == "v1" || at("end clock") < at("clock, one instance"), "{}", up.shown());
    }
}
