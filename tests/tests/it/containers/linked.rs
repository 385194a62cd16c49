//! Prisma with pnpm, which keeps each package in a folder of its own: the client that was generated there is in the image.

use super::images;
use mainstay_tests::shop::git;
use mainstay_tests::world::World;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const NAME: &str = "pnpm-prisma";
const DATABASE: &str = "DATABASE_URL=postgresql://shop:only-for-tests@pnpm-prisma-database:5432/shop";
/// Starts the server and asks it, in one program.
const ASK: &str = "process.env.PORT = 3000; require('./server.js');\
                   fetch('http://127.0.0.1:3000/').then(r => r.text()).then(t => { console.log(t); process.exit() })";

/// Runs an image to its end, beside the database; what it said.
fn run(world: &World, image: &str, command: &[&str]) -> String {
    let mut arguments = vec!["run", "--rm", "--read-only", "--tmpfs", "/tmp", "--network", NAME];
    arguments.extend(["--env", DATABASE, image]);
    arguments.extend(command);
    world.engine().run(&arguments)
}

fn start_database(world: &World) {
    let engine = world.engine();
    let label = format!("dev.mainstay.project={NAME}");
    engine.run(&["network", "create", "--label", &label, NAME]);
    let account = ["POSTGRES_USER=shop", "POSTGRES_DB=shop", "POSTGRES_PASSWORD=only-for-tests"];
    let mut arguments = vec!["run", "--detach", "--label", &label, "--network", NAME];
    arguments.extend(["--name", "pnpm-prisma-database"]);
    arguments.extend(account.iter().flat_map(|variable| ["--env", variable]));
    arguments.push("postgres:15-bookworm");
    engine.run(&arguments);
    let until = Instant::now() + Duration::from_secs(120);
    let ready = || {
        let mut asked = Command::new("docker");
        asked.env("DOCKER_HOST", &engine.host).args(["exec", "pnpm-prisma-database", "pg_isready"]);
        asked.args(["--quiet", "--host", "127.0.0.1"]).status().is_ok_and(|status| status.success())
    };
    while !ready() {
        assert!(Instant::now() < until, "the database does not start");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn prisma_finds_its_client_where_pnpm_has_it() {
    let Some(world) = World::docker(NAME) else { return };
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/managers").join(NAME);
    let copied = Command::new("cp").arg("-R").arg(from.join(".")).arg(&world.repo).status();
    assert!(copied.is_ok_and(|status| status.success()), "{} cannot be copied", from.display());
    git(&world.repo, &["init", "--quiet"]);
    git(&world.repo, &["add", "--all"]);
    git(&world.repo, &["commit", "--quiet", "--message", "Begin"]);
    world.mainstay(&["init", "--yes", "--name", NAME]).exits(0);
    world.mainstay(&["generate", "--only", "dockerfile", "--yes"]).exits(0);
    let images = images::build_all(&world);
    let [image] = images.as_slice() else { panic!("{} images", images.len()) };
    start_database(&world);
    let said = run(&world, &image.tag(true), &[]);
    assert!(said.contains("All migrations have been successfully applied."), "{said}");
    let runtime = image.tag(false);
    assert_eq!(run(&world, &runtime, &["node", "-e", ASK]), "visit 1");
    assert_eq!(run(&world, &runtime, &["node", "-e", ASK]), "visit 2");
}
