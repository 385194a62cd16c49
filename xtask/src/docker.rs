//! A Docker Engine for tests: its own daemon with its own folder, so that nothing of a person's engine is touched, and the
//! base images that Dockerfiles of the tests begin with.

mod daemon;

pub use daemon::{Daemon, answers, host, pid_file};

use crate::process::{self, is_root, is_there, run as perform};
use crate::{Failure, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Its folder. The images stay, so that they are made once a machine.
const FOLDER: &str = "/var/lib/mainstay-tests";
/// Tells the tests where it is.
const VARIABLE: &str = "MAINSTAY_TEST_DOCKER";

/// An engine that runs; ours is ended when it is let go.
pub struct Engine {
    _daemon: Option<Daemon>,
}

impl Engine {
    /// Starts one, or takes the one that a test run beside this one has started, and makes what images are missing.
    ///
    /// # Errors
    /// Why there is none.
    pub fn start() -> Result<Self, Failure> {
        if !is_root() {
            return Err(Failure::new("a Docker Engine for tests can only be started as root"));
        }
        if !is_there("dockerd") || !is_there("debootstrap") {
            return Err(Failure::new("dockerd or debootstrap is missing; `cargo xtask setup` installs them"));
        }
        let folder = folder();
        fs::create_dir_all(&folder).map_err(|error| Failure::new(format!("{FOLDER}: {error}")))?;
        let engine = Self { _daemon: if answers(&folder) { None } else { Some(launch(&folder)?) } };
        let script = workspace::root().join("tests/images/build.sh");
        perform(Command::new(script).env("DOCKER_HOST", engine.host()))?;
        Ok(engine)
    }

    /// As `DOCKER_HOST` has it.
    pub fn host(&self) -> String {
        host(&folder())
    }

    /// Tells a command where it is.
    pub fn tell(&self, command: &mut Command) {
        command.env(VARIABLE, self.host());
    }
}

/// Runs a command with an engine.
///
/// # Errors
/// When there is none, or the command cannot be started.
pub fn run(words: &[&str]) -> Result<bool, Failure> {
    let engine = Engine::start()?;
    let mut command = process::given(words)?;
    command.env("DOCKER_HOST", engine.host());
    engine.tell(&mut command);
    Ok(process::status(&mut command)?.success())
}

/// Where the engines for tests have their folders.
pub fn folder() -> PathBuf {
    Path::new(FOLDER).to_owned()
}

fn launch(folder: &Path) -> Result<Daemon, Failure> {
    let mut command = Command::new("dockerd");
    command.args(["--exec-root", "/run/mainstay-tests-docker"]);
    Daemon::spawn(command, folder)?.wait()
}
