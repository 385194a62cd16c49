//! What `mainstay generate` writes for the reference systems, judged by the tools that read such files.

mod deploy_steps;
mod workflows;

use mainstay_tests::example;
use mainstay_tests::world::World;

/// The reference systems.
const EXAMPLES: [&str; 5] = ["brainstorm", "procurement", "saas-starter", "together-pray", "vaultcpa"];

/// An example with the files of one family.
fn generated(name: &str, family: &str) -> World {
    let world = World::online(name);
    example::copy(name, &world.repo);
    world.mainstay(&["generate", "--only", family, "--yes"]).exits(0);
    world
}
