//! What else is on the engine, in the network and on the machine.

use super::assert_instances;
use mainstay_tests::load::get;
use mainstay_tests::shop::{Mode, Plot, Shop, git};
use mainstay_tests::world::World;

#[test]
fn what_is_not_ours_on_the_engine_is_left_alone() {
    let Some(world) = World::docker("dkforeign") else { return };
    let docker = world.engine();
    // As near as it gets: names that Mainstay would give, without its labels.
    let (container, volume) = ("dkforeign-dev-other", "dkforeign-dev-other");
    docker.run(&["volume", "create", volume]);
    let mount = format!("{volume}:/data");
    let id = docker.run(&[
        "run",
        "--detach",
        "--name",
        container,
        "--volume",
        &mount,
        "node:20-bookworm-slim",
        "sleep",
        "600",
    ]);
    let shop = Shop::open(&world, &Plot { deploy: "watch = \"300ms\"\nkeep = 2", ..Plot::default() });
    world.mainstay(&["up"]).exits(0);
    for version in ["v2", "v3"] {
        shop.commit(version, Mode::Good);
        world.mainstay(&["deploy"]).exits(0);
    }
    world.mainstay(&["down"]).exits(0);
    assert_instances(&world, 0);
    let running = docker.run(&["inspect", "--format", "{{.State.Running}} {{.RestartCount}}", &id]);
    assert_eq!(running, "true 0");
    docker.run(&["volume", "inspect", volume]);
    docker.run(&["rm", "--force", &id]);
    docker.run(&["volume", "rm", volume]);
}

/// Two services: one tells its version, the other asks it by name.
const TELLER: &str = "require('http').createServer((q, r) => r.end(q.url === '/health' ? 'ok' : 'VERSION')).listen(process.env.PORT)";
const ASKER: &str = "require('http').createServer(async (q, r) => r.end(q.url === '/health' ? 'ok' : \
     'it is ' + await (await fetch(process.env.TELLER_URL)).text())).listen(process.env.PORT)";

#[test]
fn services_reach_each_other_by_name_and_the_release_that_serves_answers() {
    let Some(world) = World::docker("dknames") else { return };
    let write = |path: &str, text: &str| {
        let path = world.repo.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("ours");
        std::fs::write(path, text).expect("ours");
    };
    let service = |name: &str, port: u16, routes: &str| {
        let (memory, start) = ("memory = \"128M\"", "start = \"node server.js\"");
        format!(
            "[services.{name}]\npath = \"{name}\"\nkind = \"web\"\n{start}\nhealth = \"/health\"\nport = {port}\nroutes = {routes}\n{memory}\n"
        )
    };
    let toml = format!(
        "name = \"dknames\"\n[deploy]\nwatch = \"300ms\"\nhealthy = 2\n{}{}[services.asker.env]\nTELLER_URL = \"${{teller.internal}}\"\n\
         [environments.dev]\ntarget = \"docker\"\nport = {}\n",
        service("teller", world.own_port, "[]"),
        service("asker", 3000, "[\"/\"]"),
        world.entry.port()
    );
    write("mainstay.toml", &toml);
    for (name, code) in [("teller", TELLER.replace("VERSION", "v1")), ("asker", ASKER.to_owned())] {
        write(&format!("{name}/server.js"), &code);
        write(&format!("{name}/package.json"), "{}");
        write(
            &format!("{name}/Dockerfile"),
            "FROM node:20-bookworm-slim\nCOPY . .\nUSER 1000\nCMD [\"node\", \"server.js\"]\n",
        );
    }
    git(&world.repo, &["init", "--quiet", "--initial-branch=main"]);
    world.mainstay(&["up"]).exits(0);
    let said = || get(world.entry, "/").map(|reply| reply.text());
    assert_eq!(said().as_deref(), Ok("it is v1"));
    write("teller/server.js", &TELLER.replace("VERSION", "v2"));
    world.mainstay(&["deploy"]).exits(0);
    assert_eq!(said().as_deref(), Ok("it is v2"));
    assert_instances(&world, 2);
}

#[test]
fn a_scheduler_that_is_all_there_is_gives_way_to_its_next_release() {
    let Some(world) = World::docker("dkclock") else { return };
    let write = |path: &str, text: &str| std::fs::write(world.repo.join(path), text).expect("ours");
    let toml = "name = \"dkclock\"\n[deploy]\nwatch = \"300ms\"\n[services.clock]\npath = \".\"\nkind = \"scheduler\"\n\
                start = \"node clock.js\"\n[environments.dev]\ntarget = \"docker\"\n";
    write("mainstay.toml", toml);
    write("package.json", "{}");
    write("Dockerfile", "FROM node:20-bookworm-slim\nCOPY . .\nUSER 1000\nCMD [\"node\", \"clock.js\"]\n");
    git(&world.repo, &["init", "--quiet", "--initial-branch=main"]);
    for version in ["v1", "v2"] {
        write("clock.js", &format!("console.log('{version}'); setInterval(() => {{}}, 1000)"));
        // Two never run at once, so for a moment nothing is on the project's network.
        world.mainstay(&["up"]).exits(0);
        assert_instances(&world, 1);
        let logs = world.mainstay(&["logs"]).exits(0);
        assert!(logs.stdout.contains(version), "{}", logs.shown());
    }
}

#[test]
fn a_project_does_not_move_to_another_target_by_itself() {
    let Some(world) = World::docker("dkmoved") else { return };
    let shop = Shop::open(&world, &Plot::quick());
    world.mainstay(&["up"]).exits(0);
    world.mainstay(&["deploy", "--target", "process"]).exits(3).says(&["mainstay down", "docker"]);
    assert_eq!(shop.version(), "v1");
    world.mainstay(&["down"]).exits(0);
    world.mainstay(&["up", "--target", "process"]).exits(0);
    assert_eq!(shop.version(), "v1");
    assert_instances(&world, 0);
}

#[test]
fn a_missing_engine_is_named_and_nothing_else_needs_one() {
    let world = World::new("dkabsent");
    let shop = Shop::open(&world, &Plot::quick());
    world.mainstay(&["up", "--target", "docker"]).exits(3).says(&["no Docker Engine answers", "process"]);
    world.mainstay(&["up"]).exits(0);
    assert_eq!(shop.version(), "v1");
}
