//! The Dockerfiles, Compose files and nginx files of the reference systems, built and run on a real engine.

pub mod bucket;
mod develop;
mod entry;
mod errands;
pub mod images;
mod lean;
mod linked;
mod monitoring;
mod one_stage;
mod registries;
mod stack;

use entry::Entry;
use mainstay_tests::example;
use mainstay_tests::world::World;
use one_stage::{NODE, OneStage, PYTHON};
use stack::Stack;
use std::fs;

/// A reference system, and what its files cannot know.
struct System {
    name: &'static str,
    /// A bucket that it needs.
    bucket: Option<&'static str>,
    /// A source of one service: changing it is no reason to install anything again.
    source: (&'static str, &'static str),
    /// What its images would be without stages.
    one_stage: &'static [OneStage],
}

impl System {
    /// Written, built and up in production; `None` without an engine.
    fn ship(&self) -> Option<(World, Stack)> {
        let world = World::docker(self.name)?;
        write(&world);
        let images = images::build_all(&world);
        let (unit, file) = self.source;
        let image = images.iter().find(|image| image.unit == unit).expect("it has a Dockerfile");
        image.assert_rebuilds_without_installing(&world, file);
        self.one_stage.iter().for_each(|one| one.compare(&world, &images));
        let stack = Stack::up(&world, self);
        stack.assert_hardened();
        Some((world, stack))
    }
}

/// The reference system that the world is named after, with everything that can be written for it.
pub fn write(world: &World) {
    example::copy(&world.name, &world.repo);
    world.mainstay(&["init", "--yes", "--name", &world.name]).exits(0);
    let manifest = world.repo.join("mainstay.toml");
    let text = fs::read_to_string(&manifest).expect("init writes it");
    // The one that the tests have an image of.
    fs::write(&manifest, text + "\n[datastores.postgres]\nversion = \"15\"\n").expect("ours");
    world.mainstay(&["generate", "--yes"]).exits(0);
    world.mainstay(&["generate", "--check"]).exits(0);
}

#[test]
fn vaultcpa_ships() {
    let system = System {
        name: "vaultcpa",
        bucket: None,
        source: ("server", "server/src/app.js"),
        one_stage: &[
            OneStage {
                units: &["vaultcpa"],
                folder: ".",
                bases: NODE,
                run: "npm ci && npm run build",
                bounded: &[],
            },
            OneStage {
                units: &["server"],
                folder: "server",
                bases: NODE,
                run: "npm ci && npm run build",
                bounded: &[("server", 50)],
            },
        ],
    };
    let Some((_world, stack)) = system.ship() else { return };
    let entry = Entry::of(&stack);
    entry.assert_redirects();
    assert_eq!(entry.get("/login").status, 200);
    assert_eq!(entry.get("/api/clients").status, 401);
    for path in ["/login", "/api/clients", "/nowhere", "/api/nowhere"] {
        entry.assert_safe(path);
    }
    stack.assert_ends_well(&["server", "vaultcpa"]);
}

#[test]
fn brainstorm_ships() {
    let system = System {
        name: "brainstorm",
        bucket: None,
        source: ("backend", "backend/src/app.ts"),
        one_stage: &[
            OneStage {
                units: &["backend"],
                folder: "backend",
                bases: NODE,
                run: "npm ci && npm run build",
                bounded: &[("backend", 45)],
            },
            OneStage {
                units: &["frontend"],
                folder: "frontend",
                bases: NODE,
                run: "npm ci && npm run build",
                bounded: &[],
            },
        ],
    };
    let Some((_world, stack)) = system.ship() else { return };
    let entry = Entry::of(&stack);
    entry.assert_redirects();
    entry.assert_single_page();
    for path in ["/", "/api/projects", "/assets/nothing.js"] {
        entry.assert_safe(path);
    }
    assert_eq!(entry.upgrade("/api/ws"), 101);
    assert_eq!(entry.post("/api/auth/login", 100_000), 413, "the API takes less");
    stack.move_elsewhere("backend");
    entry.assert_comes_back("/api/projects", 401);
    entry.assert_limits_rate("/");
    stack.assert_ends_well(&["backend", "frontend", "entry"]);
}

#[test]
fn procurement_ships() {
    let system = System {
        name: "procurement",
        bucket: Some("procurement-documents"),
        source: ("procurement", "app/main.py"),
        one_stage: &[OneStage {
            units: &["procurement"],
            folder: ".",
            bases: PYTHON,
            run: "pip install -r requirements.txt",
            bounded: &[("procurement", 0)],
        }],
    };
    let Some((_world, stack)) = system.ship() else { return };
    let entry = Entry::of(&stack);
    entry.assert_redirects();
    assert_eq!(entry.get("/health").status, 200);
    entry.assert_safe("/nowhere");
    stack.assert_ends_well(&["procurement"]);
}

#[test]
fn saas_starter_ships() {
    let system = System {
        name: "saas-starter",
        bucket: None,
        source: ("server", "src/server/index.ts"),
        one_stage: &[OneStage {
            units: &["server", "client"],
            folder: ".",
            bases: NODE,
            run: "npm ci && npm run build",
            bounded: &[],
        }],
    };
    let Some((_world, stack)) = system.ship() else { return };
    let entry = Entry::of(&stack);
    entry.assert_redirects();
    entry.assert_single_page();
    entry.assert_safe("/api/nowhere");
    stack.assert_ends_well(&["server", "client"]);
}

#[test]
fn together_pray_ships() {
    let system = System {
        name: "together-pray",
        bucket: None,
        source: ("api", "apps/api/src/main.ts"),
        one_stage: &[OneStage {
            units: &["api", "web"],
            folder: ".",
            bases: NODE,
            run: "npm ci && npm run build --workspaces",
            bounded: &[],
        }],
    };
    let Some((_world, stack)) = system.ship() else { return };
    let entry = Entry::of(&stack);
    entry.assert_redirects();
    entry.assert_safe("/");
    stack.assert_ends_well(&["api", "web"]);
}
