//! Dependencies from a private registry: what opens it is there while they are installed, and stays in no layer.

use super::images::{self, Image};
use mainstay_tests::shop::git;
use mainstay_tests::world::World;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What opens the registry.
const CODE: &str = "hush-7f31c0";
/// The same as HTTP sends it: `reader:hush-7f31c0` in Base64.
const SENT: &str = "cmVhZGVyOmh1c2gtN2YzMWMw";
/// What its package says.
const SAID: &str = "said in private";

/// The registry, until the end of the test.
struct Registry(Child);

impl Registry {
    /// It runs; what repositories have to know of it.
    fn start() -> (Self, Vec<(String, String)>) {
        let mut child = Command::new("python3")
            .args([fixtures().join("serve.py").as_os_str(), CODE.as_ref()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed");
        let mut line = String::new();
        let said = child.stdout.take().expect("it is piped");
        let registry = Self(child);
        BufReader::new(said).read_line(&mut line).expect("it says where it listens");
        let told: Value = serde_json::from_str(&line).expect("it speaks JSON");
        let told = told.as_object().expect("an object").iter();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (registry, told.map(|(name, value)| (format!("@{name}@"), text(value))).collect())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/registries")
}

/// A repository with a service for each folder of the fixture.
fn write(world: &World, told: &[(String, String)]) {
    let copied = Command::new("cp").arg("-R").arg(fixtures().join(".")).arg(&world.repo).status();
    assert!(copied.is_ok_and(|status| status.success()), "the fixtures cannot be copied");
    fs::remove_file(world.repo.join("serve.py")).expect("it was copied");
    git(&world.repo, &["init", "--quiet"]);
    git(&world.repo, &["add", "--all"]);
    let listed = Command::new("git").current_dir(&world.repo).args(["ls-files"]).output();
    let listed = String::from_utf8(listed.expect("git is installed").stdout).expect("our names");
    for path in listed.lines().map(|path| world.repo.join(path)) {
        let text = fs::read_to_string(&path).expect("ours");
        fs::write(&path, told.iter().fold(text, |text, (name, value)| text.replace(name, value)))
            .expect("ours");
    }
    git(&world.repo, &["add", "--all"]);
    git(&world.repo, &["commit", "--quiet", "--message", "Begin"]);
    world.mainstay(&["init", "--yes", "--name", &world.name]).exits(0);
    world.mainstay(&["generate", "--yes"]).exits(0);
}

/// The options that the head of a Dockerfile asks for: `--secret id=A,env=A`.
fn asked(world: &World, image: &Image) -> Vec<String> {
    let text = fs::read_to_string(world.repo.join(&image.dockerfile)).expect("it was listed");
    let (_, line) = text.split_once("kept in no layer: `").expect("its head names what is mounted");
    line.split('`').next().expect("it ends").split(' ').map(str::to_owned).collect()
}

#[test]
fn what_opens_a_registry_is_in_no_layer() {
    let Some(world) = World::docker("registries") else { return };
    let (_registry, told) = Registry::start();
    write(&world, &told);
    let secrets =
        [("ACME_CODE", CODE), ("UV_INDEX_ACME_PASSWORD", CODE), ("UV_INDEX_ACME_USERNAME", "reader")];
    let images = images::all(&world);
    assert_eq!(images.len(), 6);
    let mut tags = Vec::new();
    for image in &images {
        let options = asked(&world, image);
        let built = |target: &str, options: &[String]| {
            let tag = format!("registries/{}:{target}", image.unit);
            let mut arguments = vec!["--tag", &tag, "--file", &image.dockerfile, "--target", target];
            arguments.extend(options.iter().map(String::as_str));
            arguments.push(&image.context);
            images::try_build(&world, &arguments, &secrets).map(|_| tag.clone())
        };
        if image.unit == "npm" {
            let log = built("runtime", &[]).expect_err("it is nobody's without the code");
            assert!(log.contains("401"), "{log}");
        }
        for target in ["runtime", "build"] {
            tags.push(built(target, &options).unwrap_or_else(|log| panic!("{}:\n{log}", image.unit)));
        }
        let tag = format!("registries/{}:runtime", image.unit);
        let program = match image.unit.as_str() {
            "pip" | "uv" => ["python", "-c", "import acme_words; print(acme_words.SAID)"],
            _ => ["node", "-e", "console.log(require('@acme/words'))"],
        };
        let mut run = vec!["run", "--rm", "--read-only", &tag];
        run.extend(program);
        assert_eq!(world.engine().run(&run), SAID, "{}", image.unit);
    }
    let found = |text: &str| {
        // Layers, history and configuration of all of them; layers are saved as they are.
        let line =
            format!("docker save {} | grep --text --count --fixed-strings -e '{text}'", tags.join(" "));
        let found = Command::new("sh").args(["-c", &line]).env("DOCKER_HOST", &world.engine().host).output();
        String::from_utf8_lossy(&found.expect("there is a shell").stdout).trim().to_owned()
    };
    assert_ne!(found(SAID), "0", "nothing was searched");
    assert_eq!((found(CODE).as_str(), found(SENT).as_str()), ("0", "0"));
}
