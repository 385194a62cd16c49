//! Building the generated Dockerfiles as their first lines say.

use mainstay_tests::world::World;
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Set to have everything built from nothing, so that it can be said how long that takes.
const FROM_NOTHING: &str = "MAINSTAY_BUILD_FROM_NOTHING";
/// What builds are kept for the next run, so that the engine's disk does not fill up.
const KEPT: &str = "2GB";

/// An image that can be built.
pub struct Image {
    /// Its service.
    pub unit: String,
    /// Whether it has a target that migrates.
    pub migrates: bool,
    /// How long its build took.
    pub took: Duration,
    /// From the root.
    pub dockerfile: String,
    /// The folder that is given to its build, from the root.
    pub context: String,
    project: String,
}

/// A finished build.
pub struct Built {
    /// How long it took.
    pub took: Duration,
    log: String,
}

/// Every image of a repository, by its Dockerfiles.
pub fn all(world: &World) -> Vec<Image> {
    let listed = world.listed();
    let files = listed.iter().filter(|path| path.ends_with("Dockerfile"));
    files.map(|path| Image::of(world, path)).collect()
}

/// Builds them with the targets that migrate.
pub fn build_all(world: &World) -> Vec<Image> {
    let mut images = all(world);
    for image in &mut images {
        image.took = image.build(world, None).took;
        println!("{} {}: {} MB in {:.1?}", world.name, image.unit, image.size(world) / 1_000_000, image.took);
        if image.migrates {
            image.build(world, Some("migrate"));
        }
    }
    images
}

impl Image {
    /// The first line says `# server: built by `docker build -f server/Dockerfile server`.`
    fn of(world: &World, path: &str) -> Self {
        let text = fs::read_to_string(world.repo.join(path)).expect("it was listed");
        let first = text.lines().next().unwrap_or_default();
        let (unit, command) = first.trim_start_matches("# ").split_once(": built by `").expect("it says how");
        let mut words = command.trim_end_matches("`.").split(' ').skip(3);
        let (dockerfile, context) = (words.next().expect("-f"), words.next().expect("the context"));
        assert_eq!(dockerfile, path);
        Self {
            unit: unit.into(),
            migrates: text.contains(" AS migrate\n"),
            took: Duration::ZERO,
            project: world.name.clone(),
            dockerfile: dockerfile.into(),
            context: context.into(),
        }
    }

    /// Builds it under the name that Compose gives it.
    pub fn build(&self, world: &World, target: Option<&str>) -> Built {
        let tag = self.tag(target.is_some());
        let mut arguments = vec!["--tag", &tag, "--file", &self.dockerfile];
        arguments.extend(target.iter().flat_map(|target| ["--target", target]));
        arguments.push(&self.context);
        build(world, &arguments)
    }

    /// Builds what Compose runs for development.
    pub fn build_for_development(&self, world: &World) {
        let tag = format!("{}/{}:dev", self.project, self.unit);
        build(world, &["--tag", &tag, "--file", &self.dockerfile, "--target", "dev", &self.context]);
        if self.migrates {
            self.build(world, Some("migrate"));
        }
    }

    /// Its name, or that of its target that migrates.
    pub fn tag(&self, migrates: bool) -> String {
        format!("{}/{}{}:latest", self.project, self.unit, if migrates { "-migrate" } else { "" })
    }

    /// Its size in bytes.
    pub fn size(&self, world: &World) -> u64 {
        size(world, &self.tag(false))
    }

    /// A change of a source makes everything after it anew, and no installation.
    pub fn assert_rebuilds_without_installing(&self, world: &World, source: &str) {
        if std::env::var_os(FROM_NOTHING).is_some() {
            return;
        }
        let mark = if source.ends_with(".py") { "#" } else { "//" };
        let change = |what: &str| {
            // Never the same twice, or the whole build would come from the cache of the run before.
            let comment = format!("{mark} {what} of {}", world.folder().display());
            let file = OpenOptions::new().append(true).open(world.repo.join(source));
            writeln!(file.expect("the example has it"), "\n{comment}").expect("ours");
            self.build(world, None)
        };
        // Where the engine has forgotten a stage behind layers that it knows, the first change brings that back.
        change("the first");
        let built = change("the second");
        let steps = built.steps();
        let installs: Vec<_> = steps.iter().filter(|(name, _)| name.contains("deps ")).collect();
        assert!(!installs.is_empty(), "{}", built.log);
        for (name, cached) in installs {
            assert!(cached, "{name} was done again:\n{}", built.log);
        }
        let builds = steps.iter().any(|(name, cached)| name.starts_with("[build ") && !cached);
        assert!(builds, "the source is in no step:\n{}", built.log);
        println!("{} {}: {:?} after a change of a source", self.project, self.unit, built.took);
    }
}

impl Built {
    /// Steps by their names, and whether they came from the cache.
    fn steps(&self) -> BTreeMap<String, bool> {
        let numbered = || self.log.lines().filter_map(|line| line.strip_prefix('#')?.split_once(' '));
        let cached: Vec<&str> =
            numbered().filter(|(_, rest)| *rest == "CACHED").map(|(number, _)| number).collect();
        let named = numbered().filter(|(_, rest)| rest.starts_with('['));
        named.map(|(number, name)| (name.to_owned(), cached.contains(&number))).collect()
    }
}

pub(super) fn build(world: &World, arguments: &[&str]) -> Built {
    let built = try_build(world, arguments, &[]);
    built.unwrap_or_else(|log| panic!("docker build {arguments:?}:\n{log}"))
}

/// Builds with these variables in the client's own environment; what it said when that fails.
pub(super) fn try_build(world: &World, arguments: &[&str], env: &[(&str, &str)]) -> Result<Built, String> {
    let label = format!("dev.mainstay.project={}", world.name);
    let anew = std::env::var_os(FROM_NOTHING).is_some();
    let began = Instant::now();
    let output = client(world)
        .args(["build", "--progress", "plain", "--network", "host", "--label", &label])
        .args(anew.then_some("--no-cache"))
        .args(arguments)
        .envs(env.iter().copied())
        .output()
        .expect("docker's client is installed");
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(Built { took: began.elapsed(), log }) } else { Err(log) }
}

/// Takes what builds have left over, but the newest.
pub fn prune(world: &World) {
    let _leftover = client(world).args(["builder", "prune", "--force", "--keep-storage", KEPT]).output();
}

/// In bytes.
pub(super) fn size(world: &World, tag: &str) -> u64 {
    let bytes = world.engine().run(&["image", "inspect", "--format", "{{.Size}}", tag]);
    bytes.parse().expect("a number of bytes")
}

/// Debian's client speaks with BuildKit by itself; newer ones need a plugin for it.
fn client(world: &World) -> Command {
    let debian = Path::new("/usr/bin/docker");
    let mut command = Command::new(if debian.exists() { debian } else { Path::new("docker") });
    command.current_dir(&world.repo).env("DOCKER_HOST", &world.engine().host).env("DOCKER_BUILDKIT", "1");
    command
}
