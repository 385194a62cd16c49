//! A service whose build and whose sources leave its folder.

use super::images;
use mainstay_tests::shop::git;
use mainstay_tests::world::World;
use std::path::Path;
use std::process::Command;

#[test]
fn what_a_build_reaches_beyond_its_folder_is_in_its_image() {
    let Some(world) = World::docker("errands") else { return };
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/errands");
    let copied = Command::new("cp").arg("-R").arg(from.join(".")).arg(&world.repo).status();
    assert!(copied.is_ok_and(|status| status.success()), "{} cannot be copied", from.display());
    git(&world.repo, &["init", "--quiet"]);
    git(&world.repo, &["add", "--all"]);
    git(&world.repo, &["commit", "--quiet", "--message", "Begin"]);
    world.mainstay(&["init", "--yes", "--name", &world.name]).exits(0);
    world.mainstay(&["generate", "--only", "dockerfile", "--yes"]).exits(0);
    let images = images::build_all(&world);
    let server = images.iter().find(|image| image.unit == "server").expect("it has a Dockerfile");
    let ask = "process.env.PORT = 3000; require('./server.js');\
               fetch('http://127.0.0.1:3000/').then(r => r.text()).then(t => { console.log(t); process.exit() })";
    let said = world.engine().run(&["run", "--rm", "--read-only", &server.tag(false), "node", "-e", ask]);
    assert_eq!(said, "shared with the server\n<title>built by the client</title>");
}
