//! What a build needs and nobody may see afterwards.

use super::assert_instances;
use mainstay_tests::load::get;
use mainstay_tests::shop::{Mode, Plot, Shop};
use mainstay_tests::world::{Process, World, process};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SECRET: &str = "osprey-51b8e07c3d";
/// SHA-256 of it.
const DIGEST: &str = "84b8b7c7ac2ff0742041f9aadd931c4210c09abaf9acf61a5c0dfb7da163b346";
const ENV: &str = "BUILD_TOKEN = { secret = true, required = true, phase = \"build\" }";

/// The shop, whose build asks for a token.
fn dockerfile(step: &str) -> String {
    format!(
        "FROM node:20-bookworm-slim\nWORKDIR /app\nCOPY . .\nRUN --mount=type=secret,id=BUILD_TOKEN {step}\n\
         ENV HOST=0.0.0.0\nUSER 1000\nCMD [\"node\", \"server.js\"]\n"
    )
}

/// It prints its token.
const CARELESS: &str = "echo fetched with $(cat /run/secrets/BUILD_TOKEN) && sleep 3.28515 && \
                        sha256sum /run/secrets/BUILD_TOKEN > digest.txt";
const ASLEEP: &str = "sleep 3.28515";

/// Every process of the machine, as soon as there is one like this.
#[track_caller]
fn processes_once(found: impl Fn(&Process) -> bool) -> Vec<Process> {
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        let all = process::all();
        if all.iter().any(&found) {
            return all;
        }
        assert!(Instant::now() < until, "the build does not get that far");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Whether what a command writes has the secret in it.
fn writes_secret(command: &mut Command) -> bool {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("docker's client is installed");
    let mut bytes = Vec::new();
    child.stdout.take().expect("it was asked for").read_to_end(&mut bytes).expect("a pipe can be read");
    assert!(child.wait().expect("it was started").success(), "{command:?}");
    assert!(!bytes.is_empty(), "{command:?} writes nothing");
    has_it(&bytes)
}

fn has_it(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
}

fn files_with_it(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files_with_it(&entry.path(), found),
            Ok(kind) if kind.is_file() && has_it(&fs::read(entry.path()).unwrap_or_default()) => {
                found.push(entry.path().display().to_string());
            }
            Ok(_) | Err(_) => {}
        }
    }
}

/// Every image of the project, whole: its layers, its history and its environment.
#[track_caller]
fn assert_images_clean(world: &World) {
    let docker = world.engine();
    let images = docker.list("image");
    assert!(!images.is_empty());
    for image in images {
        let mut save = Command::new("docker");
        save.env("DOCKER_HOST", &docker.host).args(["save", &image]);
        assert!(!writes_secret(&mut save), "{image} has it");
        let history = docker.run(&["history", "--no-trunc", &image]);
        assert!(!history.contains(SECRET), "{history}");
    }
}

#[test]
fn a_build_on_docker_is_given_its_secret_and_leaves_it_nowhere() {
    let Some(world) = World::docker("dksecret") else { return };
    let shop = Shop::open(&world, &Plot { env: ENV, ..Plot::quick() });
    fs::write(world.repo.join("Dockerfile"), dockerfile(CARELESS)).expect("ours");
    shop.commit("v1", Mode::Good);
    world.mainstay(&["up"]).exits(3).says(&["BUILD_TOKEN", "mainstay env set"]);
    world.set("shop", "BUILD_TOKEN", SECRET);
    let up = world.spawn(&["up", "--verbose"]);
    // The build sleeps with the secret in its hand.
    for process in processes_once(|process| process.command.contains(ASLEEP)) {
        assert!(!process.command.contains(SECRET), "{process:?}");
    }
    let up = up.finish().exits(0).says(&["fetched with"]);
    assert!(!up.shown().contains(SECRET), "{}", up.shown());
    let docker = world.engine();
    let digest = docker.run(&["exec", &docker.instances()[0], "cat", "digest.txt"]);
    assert!(digest.starts_with(DIGEST), "{digest}");
    assert_images_clean(&world);
    for arguments in [&["logs", "--all"][..], &["status"], &["releases"], &["env", "list"]] {
        assert!(!world.mainstay(arguments).shown().contains(SECRET), "{arguments:?}");
    }
    let mut found = Vec::new();
    files_with_it(&world.home, &mut found);
    assert!(found.is_empty(), "{found:?}");

    // A build that fails shows its last lines without it.
    fs::write(world.repo.join("Dockerfile"), dockerfile(&format!("{CARELESS} && exit 9"))).expect("ours");
    let failed = world.mainstay(&["deploy"]).exits(4).says(&["fetched with", "cannot be built"]);
    assert!(!failed.shown().contains(SECRET), "{}", failed.shown());
    // As an argument it would stay readable.
    let argument = dockerfile("true").replace("WORKDIR", "ARG BUILD_TOKEN\nWORKDIR");
    fs::write(world.repo.join("Dockerfile"), argument).expect("ours");
    world.mainstay(&["deploy"]).exits(4).says(&["BUILD_TOKEN", "argument", "--mount=type=secret"]);
    assert_eq!(shop.version(), "v1");
    assert_instances(&world, 1);
}

#[test]
fn a_dockerfile_that_mainstay_writes_mounts_the_secrets_of_the_build() {
    let Some(world) = World::docker("dkwritten") else { return };
    let env = "HOST = \"0.0.0.0\"\nBUILD_TOKEN = { secret = true, required = true, phase = \"build\" }";
    let shop = Shop::open(&world, &Plot { env, build: true, ..Plot::quick() });
    fs::remove_file(world.repo.join("Dockerfile")).expect("the shop has one");
    let build = "const hash = require('crypto').createHash('sha256').update(process.env.BUILD_TOKEN || '');\n\
                 require('fs').writeFileSync('digest.txt', hash.digest('hex'));\n";
    let build =
        build.to_owned() + &fs::read_to_string(world.repo.join("build.js")).expect("the shop has one");
    fs::write(world.repo.join("build.js"), build).expect("ours");
    world.set("shop", "BUILD_TOKEN", SECRET);
    shop.commit("v1", Mode::Good);
    world.mainstay(&["up"]).exits(0);
    let docker = world.engine();
    assert_eq!(docker.run(&["exec", &docker.instances()[0], "cat", "digest.txt"]), DIGEST);
    assert!(get(world.entry, "/health").is_ok_and(|reply| reply.status == 200));
    assert_images_clean(&world);
}

#[test]
fn a_build_with_secrets_that_is_interrupted_ends_on_the_engine_too() {
    let Some(world) = World::docker("dkstopped") else { return };
    let shop = Shop::open(&world, &Plot { env: ENV, ..Plot::quick() });
    world.set("shop", "BUILD_TOKEN", SECRET);
    let step = format!("sleep 28{}", std::process::id());
    fs::write(world.repo.join("Dockerfile"), dockerfile(&step)).expect("ours");
    shop.commit("v1", Mode::Good);
    let sleeping = |process: &Process| process.command.contains(&format!("sleep 28{}", std::process::id()));
    let up = world.spawn(&["up"]);
    processes_once(sleeping);
    up.signal(libc::SIGINT);
    let output = up.finish();
    assert_ne!(output.code, Some(0), "{}", output.shown());
    let until = Instant::now() + Duration::from_secs(20);
    while process::all().iter().any(sleeping) {
        assert!(Instant::now() < until, "the build goes on");
        std::thread::sleep(Duration::from_millis(100));
    }
}
