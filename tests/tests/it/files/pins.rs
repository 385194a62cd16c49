//! Digests of images, asked of a real registry that an engine has pushed them to.

mod registry;

use mainstay_tests::world::{Output, World};
use mainstay_tests::{certificate, example};
use registry::Registry;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

const EXAMPLE: &str = "brainstorm";

/// Every file that git would see, by path, but the record.
fn files(world: &World) -> BTreeMap<String, String> {
    let text = |path: String| fs::read_to_string(world.repo.join(&path)).ok().map(|text| (path, text));
    let kept = |path: &String| !path.starts_with(".mainstay/");
    world.listed().into_iter().filter(kept).filter_map(text).collect()
}

/// The images of others that a file names after `FROM` and `image:`, with their digests.
fn images(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(|line| line.trim().trim_start_matches("- "));
    let named = lines.filter_map(|line| line.strip_prefix("FROM ").or_else(|| line.strip_prefix("image: ")));
    let names = named.map(|rest| rest.split(' ').next().unwrap_or_default().trim_matches('"'));
    // The project is named by its folder.
    let is_ours = |name: &str| name.contains("${") || name.starts_with("repo/");
    names.filter(move |name| name.contains(':') && !is_ours(name))
}

/// The example's files as they are written without digests, and a registry that is empty.
struct Generated {
    world: World,
    registry: Registry,
    before: BTreeMap<String, String>,
    tags: BTreeSet<String>,
}

impl Generated {
    /// `None` without an engine or a registry.
    fn open(name: &str) -> Option<Self> {
        let world = World::docker(name)?;
        let registry = Registry::start(&folder(&world), None)?;
        example::copy(EXAMPLE, &world.repo);
        world.mainstay(&["generate", "--yes"]).exits(0);
        let before = files(&world);
        let tags = tags(&before);
        Some(Self { world, registry, before, tags })
    }
}

/// A place for what registries keep.
fn folder(world: &World) -> PathBuf {
    let folder = world.folder().join("registry");
    fs::create_dir_all(&folder).expect("ours");
    folder
}

fn tags(files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let all = files.values().flat_map(|text| images(text));
    all.map(|image| image.split('@').next().unwrap_or_default().to_owned()).collect()
}

/// `mainstay generate` with this registry in the place of those that the images are of.
fn generate(world: &World, registry: &Registry, more: &[&str]) -> Output {
    let (hub, quay) =
        (format!("http://{}", registry.address()), format!("quay.io=http://{}/quay", registry.address()));
    let mut arguments = vec!["generate", "--pin", "--registry-mirror", &hub, "--registry-mirror", &quay];
    arguments.extend(more);
    world.mainstay(&arguments)
}

#[test]
fn images_are_named_by_the_digests_that_the_registry_has() {
    let Some(Generated { world, registry, before, tags }) = Generated::open("pins") else { return };
    assert!(tags.iter().any(|tag| tag.starts_with("quay.io/")) && tags.len() > 8, "{tags:?}");

    let mut digests = fill(&registry, &world, &tags);
    // One of them is for several platforms: its digest is that of the index.
    let node = tags.iter().find(|tag| tag.starts_with("node:")).expect("the example runs on Node");
    let index = registry.index(node, &digests[node.as_str()]);
    assert_ne!(index, digests[node.as_str()]);
    digests.insert(node, index);

    generate(&world, &registry, &["--dry-run"]).exits(0);
    assert_eq!(files(&world), before, "a dry run writes nothing");
    generate(&world, &registry, &["--yes"]).exits(0);
    let pinned = files(&world);
    assert_pinned(&pinned, &digests);
    assert!(pinned[".github/dependabot.yml"].contains("package-ecosystem: docker\n"));
    // The engine finds what the files name.
    let redis = tags.iter().find(|tag| tag.starts_with("redis:")).expect("the example uses Redis");
    let name = format!("{}@{}", registry.name_of(redis), digests[redis.as_str()]);
    world.engine().run(&["pull", "--quiet", &name]);

    // A tag moves; a person has renewed one digest by hand.
    digests.insert(redis, registry.push(&world, redis, "newer"));
    let compose = world.repo.join("docker-compose.yml");
    let text = fs::read_to_string(&compose).expect("it is generated");
    let by_hand = format!("{redis}@sha256:{}", "0".repeat(64));
    let old = images(&text).find(|image| image.starts_with(redis.as_str())).expect("it is there").to_owned();
    fs::write(&compose, text.replace(&old, &by_hand)).expect("ours");
    let moved = generate(&world, &registry, &["--check"]).exits(1);
    assert!(moved.stdout.contains("docker-compose.yml: write"), "{}", moved.shown());
    generate(&world, &registry, &["--yes"]).exits(0);
    assert_pinned(&files(&world), &digests);

    // Nobody is asked without the option, and digests stay.
    drop(registry);
    world.mainstay(&["generate", "--check"]).exits(0);
    world.mainstay(&["generate", "--unpin", "--yes"]).exits(0);
    assert_eq!(files(&world), before);
}

/// The registry has every image: one that the engine pushes, and the others made of it.
fn fill<'t>(registry: &Registry, world: &World, tags: &'t BTreeSet<String>) -> BTreeMap<&'t str, String> {
    let redis = tags.iter().find(|tag| tag.starts_with("redis:")).expect("the example uses Redis");
    let pushed = registry.push(world, redis, "older");
    let others = tags.iter().filter(|tag| *tag != redis);
    let mut digests: BTreeMap<&str, String> =
        others.map(|tag| (tag.as_str(), registry.copy(redis, &pushed, tag))).collect();
    digests.insert(redis, pushed);
    digests
}

/// Every image has its digest, in files of every family.
#[track_caller]
fn assert_pinned(files: &BTreeMap<String, String>, digests: &BTreeMap<&str, String>) {
    let mut places = BTreeSet::new();
    for (path, text) in files {
        for image in images(text) {
            let (tag, digest) = image.split_once('@').unwrap_or((image, ""));
            assert_eq!(digest, digests[tag], "{path}: {image}");
            places.insert(path.as_str());
        }
    }
    let expected = [
        "backend/Dockerfile",
        "frontend/Dockerfile",
        "docker-compose.yml",
        "docker-compose.dev.yml",
        "docker-compose.monitoring.yml",
        "deploy/swarm/stack.yml",
        ".github/workflows/ci.yml",
    ];
    for path in expected {
        assert!(places.contains(path), "{path} has no image with a digest: {places:?}");
    }
    assert!(places.iter().any(|path| path.starts_with("deploy/kubernetes/")), "{places:?}");
}

#[test]
fn without_every_digest_nothing_changes() {
    let Some(Generated { world, registry, before, tags }) = Generated::open("pins-refused") else { return };
    let missing = tags.iter().next().expect("there are images");
    let others = tags.iter().skip(1).cloned().collect();
    fill(&registry, &world, &others);
    let address = registry.address();
    // One is not there.
    generate(&world, &registry, &["--yes"]).exits(3).says(&[
        &format!("no digest for 1 of {} images, and nothing was changed", tags.len()),
        &format!("{missing}: {address} has no such image"),
        "help: ",
    ]);
    // It only speaks TLS, and is not trusted.
    let folder = folder(&world);
    let tls = certificate::make(&folder, &["localhost"]).expect("openssl is installed");
    let secure = Registry::start(&folder, Some(&tls)).expect("it was there");
    let mirror = format!("https://{}", secure.address());
    let quay = format!("quay.io=https://{}/quay", secure.address());
    let arguments = ["generate", "--pin", "--yes", "--registry-mirror", &mirror, "--registry-mirror", &quay];
    world.mainstay(&arguments).exits(3).says(&[
        &secure.address(),
        "does not answer: ",
        "certificate",
        "HTTPS_PROXY",
    ]);
    assert_eq!(files(&world), before);
    // Now it is, and has everything.
    fill(&registry, &world, &tags);
    let output =
        world.command(arguments).env("SSL_CERT_FILE", &tls.certificate).output().expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let pinned = files(&world);
    assert!(tags.iter().all(|tag| pinned.values().any(|text| text.contains(&format!("{tag}@sha256:")))));
    let record = fs::read_to_string(world.repo.join(".mainstay/generated.json")).expect("it is written");
    let record: Value = serde_json::from_str(&record).expect("it is JSON");
    assert_eq!(record["pins"].as_object().map(|pins| pins.len()), Some(tags.len()));
    // Nobody listens.
    drop(registry);
    let gone = format!("http://{address}");
    world
        .mainstay(&[
            "generate",
            "--pin",
            "--yes",
            "--registry-mirror",
            &gone,
            "--registry-mirror",
            &format!("quay.io={gone}"),
        ])
        .exits(3)
        .says(&[&address, "does not answer: "]);
    assert_eq!(files(&world), pinned);
}
