//! Deploys of images under load, rollbacks, pruning.

use super::assert_instances;
use crate::deploys::EVERY_KIND;
use mainstay_tests::load::{Load, Mix};
use mainstay_tests::shop::{Mode, Plot, Shop};
use mainstay_tests::world::World;

#[test]
fn first_up_on_docker_runs_without_rights() {
    let Some(world) = World::docker("dkfirst") else { return };
    let shop = Shop::open(&world, &Plot { database: true, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    assert_eq!(shop.version(), "v1");
    let docker = world.engine();
    let [id] = &docker.instances()[..] else { panic!("{:?}", docker.instances()) };
    let show = |what: &str| docker.run(&["inspect", "--format", what, id]);
    assert_eq!(
        show("{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}"),
        "1000 true [ALL]"
    );
    assert_eq!(
        show("{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.PidsLimit}}"),
        "167772160 167772160 512"
    );
    assert_eq!(show("{{range .HostConfig.PortBindings}}{{range .}}{{.HostIp}}{{end}}{{end}}"), "127.0.0.1");
    assert_eq!(
        show("{{.HostConfig.SecurityOpt}} {{.HostConfig.RestartPolicy.Name}}"),
        "[no-new-privileges] unless-stopped"
    );
    // What the image is called may change; what runs is named by its digest.
    assert!(show("{{.Config.Image}}").starts_with("sha256:"));
    world.mainstay(&["up"]).exits(0);
    assert_eq!(&docker.instances()[..], std::slice::from_ref(id), "nothing had to be done");
    let logs = world.mainstay(&["logs"]).exits(0);
    assert!(logs.stdout.contains("listening on"), "{}", logs.shown());
    let status = world.status();
    assert_eq!(status["healthy"], true, "{status}");
    let memory = |part: &serde_json::Value| part["memory"].as_u64().unwrap_or(0) >> 20;
    let parts = status["instances"].as_array().expect("a list");
    assert!(parts.len() == 2 && parts.iter().all(|part| (5..500).contains(&memory(part))), "{status}");
}

#[test]
fn what_is_down_on_docker_leaves_its_data_and_its_words_but_no_network() {
    let Some(world) = World::docker("dkdown") else { return };
    let shop = Shop::open(&world, &Plot { database: true, ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    let docker = world.engine();
    let address = || {
        let [network] = &docker.list("network")[..] else { panic!("{:?}", docker.list("network")) };
        docker.run(&["network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", network])
    };
    let (volumes, before) = (docker.list("volume"), address());
    assert_eq!(volumes.len(), 1);
    world.mainstay(&["down"]).exits(0);
    assert_instances(&world, 0);
    assert_eq!(docker.list("volume"), volumes);
    assert!(docker.list("network").is_empty());
    assert_ne!(shop.version(), "v1", "nothing answers after down");
    let logs = world.mainstay(&["logs", "--all"]).exits(0);
    assert!(logs.stdout.contains("listening on"), "{}", logs.shown());
    world.mainstay(&["up"]).exits(0);
    assert_eq!((shop.version().as_str(), docker.list("volume"), address()), ("v1", volumes, before));
    // One that somebody else is on stays.
    let network = docker.list("network").remove(0);
    let guest =
        docker.run(&["run", "--detach", "--network", &network, "node:20-bookworm-slim", "sleep", "600"]);
    world.mainstay(&["down"]).exits(0);
    assert_eq!(docker.list("network"), [network]);
    docker.run(&["rm", "--force", &guest]);
    world.mainstay(&["up"]).exits(0);
    assert_eq!(shop.version(), "v1");
}

#[test]
fn deploys_on_docker_good_and_bad_lose_nothing() {
    let Some(world) = World::docker("dkdeploys") else { return };
    let shop = Shop::open(&world, &Plot { database: true, ..Plot::default() });
    world.mainstay(&["up"]).exits(0);
    // In a container no port is taken.
    let modes: Vec<Mode> = EVERY_KIND.into_iter().filter(|mode| *mode != Mode::PortInUse).collect();
    println!("{}", shop.deploy_under_load(&modes));
    assert_instances(&world, 1);
}

#[test]
fn a_rollback_on_docker_builds_nothing_and_pruning_keeps_what_it_needs() {
    let Some(world) = World::docker("dkprune") else { return };
    let shop = Shop::open(&world, &Plot { deploy: "watch = \"300ms\"\nkeep = 2", ..Plot::default() });
    world.mainstay(&["up"]).exits(0);
    for version in ["v2", "v3", "v4"] {
        shop.commit(version, Mode::Good);
        world.mainstay(&["deploy"]).exits(0);
    }
    let mut images = world.engine().list("image");
    images.sort();
    images.dedup();
    assert_eq!(images.len(), 2, "two releases are kept: {images:?}");
    let load = Load::start(world.entry, Mix::STEADY);
    load.settle(50);
    let output = world.mainstay(&["rollback"]).exits(0);
    assert_eq!(shop.version(), "v3");
    assert!(!output.stderr.contains("build "), "{}", output.shown());
    // A tag that somebody moves changes nothing of what can run.
    let tag = world.engine().run(&[
        "image",
        "ls",
        "--format",
        "{{.Repository}}:{{.Tag}}",
        "--filter",
        "reference=mainstay/dkprune/dev/shop:r0004*",
        // Not what an earlier run, cut off below, left under such a tag.
        "--filter",
        "label=dev.mainstay.project=dkprune",
    ]);
    world.engine().run(&["tag", "node:20-bookworm-slim", &tag]);
    world.mainstay(&["rollback"]).exits(0);
    assert_eq!(shop.version(), "v4");
    world.engine().run(&["image", "rm", &tag]);
    load.stop().assert_nothing_lost();
    assert_instances(&world, 1);
    // An image that was taken away is missed before anything is changed.
    let docker = world.engine();
    let live = docker.run(&["inspect", "--format", "{{.Image}}", &docker.instances()[0]]);
    let gone = images.iter().find(|image| **image != live).expect("there are two");
    let stopped = docker.run(&["ps", "--all", "--quiet", "--filter", &format!("ancestor={gone}")]);
    stopped.lines().for_each(|container| {
        docker.run(&["rm", container]);
    });
    docker.run(&["image", "rm", "--force", gone]);
    world.mainstay(&["rollback"]).exits(3).says(&["image of shop"]);
    assert_eq!(shop.version(), "v4");
}
