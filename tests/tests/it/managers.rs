//! A tiny web service per package manager: brought up as a newcomer would, answered, and deployed again. The managers are
//! those that Mainstay gets for itself, since hardly any machine has them all; they are kept from one test run to the next.

use mainstay_tests::load::get;
use mainstay_tests::shop::git;
use mainstay_tests::world::{Output, World};
use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A registry of packages.
#[derive(Debug, Clone, Copy)]
enum Registry {
    Npm,
    PyPi,
}

impl Registry {
    /// Whether it answers; says so when it does not.
    fn answers(self) -> bool {
        let (program, arguments): (_, &[&str]) = match self {
            Self::Npm => ("npm", &["view", "ms@2.1.3", "version"]),
            Self::PyPi => ("python3", &["-m", "pip", "index", "versions", "iniconfig"]),
        };
        let answer = Command::new(program).args(arguments).current_dir("/").output();
        let answers = answer.is_ok_and(|output| output.status.success());
        if !answers {
            println!("skipped: the registry does not answer `{program} {}`", arguments.join(" "));
        }
        answers
    }
}

/// A fixture in a repository of its own, which runs.
struct Project {
    world: World,
    entry: SocketAddr,
    /// Programs that are on the path beside those of the machine.
    programs: Option<PathBuf>,
}

impl Project {
    /// Its repository, as a newcomer would have it.
    fn new(name: &str, fixture: &str) -> Self {
        Self::within(World::online(name), fixture)
    }

    fn within(world: World, fixture: &str) -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/managers").join(fixture);
        let copied = Command::new("cp").arg("-R").arg(from.join(".")).arg(&world.repo).status();
        assert!(copied.is_ok_and(|status| status.success()), "{} cannot be copied", from.display());
        git(&world.repo, &["init", "--quiet"]);
        fs::create_dir(&world.home).expect("the world is new");
        fs::create_dir_all(tools()).expect("the folder for temporary files can be written");
        std::os::unix::fs::symlink(tools(), world.home.join("tools")).expect("the home is new");
        let entry = world.entry;
        Self { world, entry, programs: None }
    }

    fn mainstay(&self, arguments: &[&str]) -> Output {
        let mut command = self.world.command(arguments);
        if let Some(programs) = &self.programs {
            let mut path = OsString::from(programs);
            path.push(":");
            path.push(std::env::var_os("PATH").unwrap_or_default());
            command.env("PATH", path);
        }
        self.world.spawn_command(command).finish()
    }

    fn commit(&self, what: &str) {
        git(&self.world.repo, &["add", "--all"]);
        git(&self.world.repo, &["commit", "--quiet", "--message", what]);
    }

    /// Lets Mainstay describe it, and brings it up. `edit` changes the description.
    fn up(mut self, edit: impl Fn(String) -> String) -> Self {
        self.commit("Begin");
        self.mainstay(&["init", "--yes"]).exits(0);
        let manifest = self.world.repo.join("mainstay.toml");
        let text = fs::read_to_string(&manifest).expect("it was just written");
        fs::write(&manifest, edit(format!("{text}\n[deploy]\nwatch = \"300ms\"\n"))).expect("ours");
        self.commit("Describe how it is deployed");
        self.mainstay(&["up"]).exits(0);
        let status = self.mainstay(&["status", "--format", "json"]).exits(0).json();
        let url = status["url"].as_str().expect("it has an address").trim_end_matches('/').to_owned();
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an address has a port");
        self.entry = SocketAddr::from(([127, 0, 0, 1], port));
        self
    }

    /// Changes the answer, and deploys that.
    fn change(&self, file: &str) -> Output {
        let path = self.world.repo.join(file);
        let text = fs::read_to_string(&path).expect("the fixture has it");
        fs::write(&path, text.replacen("v1", "v2", 1)).expect("ours");
        self.commit("Change the answer");
        self.mainstay(&["deploy"]).exits(0)
    }

    /// What it answers.
    #[track_caller]
    fn answer(&self) -> String {
        let reply = get(self.entry, "/").unwrap_or_else(|reason| panic!("{reason}"));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.text()
    }

    /// Fails the test unless the second release answers as the first one does, but for the change.
    #[track_caller]
    fn assert_deploys(&self, file: &str, answer: &str) {
        assert_eq!(self.answer(), format!("v1{answer}"));
        self.change(file);
        assert_eq!(self.answer(), format!("v2{answer}"));
    }

    /// Whether an environment of Python in the second release has a package.
    fn imports(&self, package: &str) -> bool {
        let python = self.world.release_folder(2).join("source/.venv/bin/python");
        let tried = Command::new(python).args(["-I", "-c", &format!("import {package}")]).output();
        tried.expect("the environment has an interpreter").status.success()
    }
}

/// Where package managers are kept between tests.
fn tools() -> PathBuf {
    std::env::temp_dir().join("mainstay-tests-tools")
}

/// The answer of a JavaScript fixture: what it says, and what its dependency made of two days.
const SPAN: &str = " 172800000";

fn as_it_is(text: String) -> String {
    text
}

#[test]
fn pnpm() {
    if !Registry::Npm.answers() {
        return;
    }
    let project = Project::new("pnpm", "pnpm").up(as_it_is);
    project.assert_deploys("server.js", SPAN);
    // A generator that writes into its dependencies must not change the store, which is another release's too.
    let installed = project.world.release_folder(2).join("source/node_modules/ms/index.js");
    let links = std::os::unix::fs::MetadataExt::nlink(&fs::metadata(installed).expect("it is installed"));
    assert_eq!(links, 1);
}

#[test]
fn pnpm_with_a_workspace() {
    if !Registry::Npm.answers() {
        return;
    }
    let project = Project::new("pnpm-workspace", "pnpm-workspace").up(as_it_is);
    project.assert_deploys("apps/web/server.js", SPAN);
}

#[test]
fn yarn_1_also_at_run_time() {
    if !Registry::Npm.answers() {
        return;
    }
    // With a script before it the start is more than a program, and needs yarn.
    let start = |text: String| text.replacen("path = \".\"\n", "path = \".\"\nstart = \"yarn start\"\n", 1);
    let project = Project::new("yarn", "yarn").up(start);
    project.assert_deploys("server.js", SPAN);
}

#[test]
fn yarn_berry_with_a_workspace_in_folders() {
    if !Registry::Npm.answers() {
        return;
    }
    let project = Project::new("yarn-berry", "yarn-berry").up(as_it_is);
    project.assert_deploys("apps/web/server.js", SPAN);
}

#[test]
fn yarn_berry_with_a_workspace_in_plug_and_play() {
    if !Registry::Npm.answers() {
        return;
    }
    let project = Project::new("yarn-pnp", "yarn-pnp");
    // As repositories have it that install without a network.
    fs::write(project.world.repo.join(".pnp.cjs"), "throw new Error('of another machine')\n").expect("ours");
    let project = project.up(as_it_is);
    project.assert_deploys("apps/web/server.js", SPAN);
}

#[test]
fn bun_installs_for_node_and_runs_by_itself() {
    if !Registry::Npm.answers() {
        return;
    }
    let project = Project::new("bun-node", "bun-node").up(as_it_is);
    project.assert_deploys("server.js", SPAN);
    drop(project);

    let mut project = Project::new("bun", "bun");
    project.programs = Some(tools().join("bun-1/bin"));
    let project = project.up(as_it_is);
    project.assert_deploys("server.js", SPAN);
}

#[test]
fn poetry() {
    if !Registry::PyPi.answers() {
        return;
    }
    let project = Project::new("poetry", "poetry").up(as_it_is);
    project.assert_deploys("app.py", "");
    assert!(project.imports("flask") && !project.imports("iniconfig"));
}

#[test]
fn pdm() {
    if !Registry::PyPi.answers() {
        return;
    }
    let project = Project::new("pdm", "pdm").up(as_it_is);
    project.assert_deploys("app.py", "");
    assert!(project.imports("flask") && !project.imports("iniconfig"));
}

#[test]
fn pipenv() {
    if !Registry::PyPi.answers() {
        return;
    }
    // Nothing in the repository names it.
    let project = Project::new("repo", "pipenv").up(as_it_is);
    project.assert_deploys("app.py", "");
    assert!(project.imports("flask") && !project.imports("iniconfig"));
}

#[test]
fn images_of_workspaces_have_what_runs_and_nothing_of_development() {
    for name in ["pnpm-workspace", "yarn-berry", "yarn-pnp"] {
        let Some(world) = World::docker(name) else { return };
        let project = Project::within(world, name);
        project.mainstay(&["init", "--yes"]).exits(0);
        project.mainstay(&["generate", "--only", "dockerfile", "--yes"]).exits(0);
        let image = format!("{name}/web:managers");
        let label = format!("dev.mainstay.project={name}");
        let mut build = docker(&project.world);
        build.args(["build", "--network", "host", "--label", &label, "--tag", &image]);
        let output =
            build.args(["--file", "apps/web/Dockerfile", "."]).output().expect("docker is installed");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let script = "try { require('isarray'); console.log('isarray is there') } catch {}\
                      console.log(require('@acme/words').span('2 days'))";
        let said = project.world.engine().run(&["run", "--rm", "--read-only", &image, "node", "-e", script]);
        assert_eq!(said, SPAN.trim(), "{name}");
    }
}

/// Debian's own client builds with BuildKit by itself; newer ones need a plugin for it.
fn docker(world: &World) -> Command {
    let debian = Path::new("/usr/bin/docker");
    let mut command = Command::new(if debian.exists() { debian } else { Path::new("docker") });
    command.current_dir(&world.repo).env("DOCKER_BUILDKIT", "1").env("DOCKER_HOST", &world.engine().host);
    command
}
