//! A Docker Engine for tests: its own daemon with its own folder, so that nothing of a person's engine is touched, and the
//! base images that Dockerfiles of the tests begin with.

use crate::process::{self, is_root, is_there, run as perform};
use crate::{Failure, workspace};
use std::fs::{self, File};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Its folder. The images stay, so that they are made once a machine.
const FOLDER: &str = "/var/lib/mainstay-tests";
/// Tells the tests where it is.
const VARIABLE: &str = "MAINSTAY_TEST_DOCKER";

/// An engine that runs; ours is ended when it is let go.
pub struct Engine {
    daemon: Option<Child>,
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
        let folder = Path::new(FOLDER);
        let failed = |error: std::io::Error| Failure::new(format!("{FOLDER}: {error}"));
        fs::create_dir_all(folder).map_err(failed)?;
        let engine = if answers() { Self { daemon: None } } else { Self { daemon: Some(launch(folder)?) } };
        let script = workspace::root().join("tests/images/build.sh");
        perform(Command::new(script).env("DOCKER_HOST", host()))?;
        Ok(engine)
    }

    /// Tells a command where it is.
    pub fn tell(&self, command: &mut Command) {
        command.env(VARIABLE, host());
    }
}

/// Runs a command with an engine.
///
/// # Errors
/// When there is none, or the command cannot be started.
pub fn run(words: &[&str]) -> Result<bool, Failure> {
    let engine = Engine::start()?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Failure::new("which command shall be run?"));
    };
    let mut command = Command::new(program);
    command.args(arguments).env("DOCKER_HOST", host());
    engine.tell(&mut command);
    Ok(process::status(&mut command)?.success())
}

fn socket() -> String {
    format!("{FOLDER}/docker.sock")
}

fn host() -> String {
    format!("unix://{}", socket())
}

fn answers() -> bool {
    UnixStream::connect(socket()).is_ok()
}

fn launch(folder: &Path) -> Result<Child, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("dockerd cannot be started: {error}"));
    let log = File::create(folder.join("dockerd.log")).map_err(failed)?;
    // What a daemon that was killed has left would keep this one from starting.
    let _gone = fs::remove_file(folder.join("docker.pid"));
    let mut child = Command::new("dockerd")
        .args(["--host", &host(), "--data-root"])
        .arg(folder.join("data"))
        .args(["--exec-root", "/run/mainstay-tests-docker", "--pidfile"])
        .arg(folder.join("docker.pid"))
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(failed)?)
        .stderr(log)
        .spawn()
        .map_err(failed)?;
    let patience = Instant::now() + Duration::from_secs(60);
    while !answers() {
        let ended = child.try_wait().map_err(failed)?;
        if ended.is_some() || Instant::now() > patience {
            let log = fs::read_to_string(folder.join("dockerd.log")).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(5).collect();
            let _killed = child.kill();
            return Err(Failure::new(format!("dockerd does not come up: {}", last.join("; "))));
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(child)
}

impl Drop for Engine {
    fn drop(&mut self) {
        let Some(daemon) = &mut self.daemon else { return };
        let pid = daemon.id().to_string();
        let asked = Command::new("kill").arg(&pid).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _killed = daemon.kill();
        }
        let _status = daemon.wait();
    }
}
