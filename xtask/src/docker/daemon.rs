//! A `dockerd` of our own, with all that is its own in one folder.

use crate::Failure;
use std::fs::{self, File};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Longest that it may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// One that was started here; it is asked to end, and waited for, when it is let go.
pub struct Daemon {
    child: Child,
    folder: PathBuf,
}

impl Daemon {
    /// Starts `command`, which is `dockerd` with what is particular to this one.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(mut command: Command, folder: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("dockerd cannot be started: {error}"));
        let log = File::create(folder.join("dockerd.log")).map_err(failed)?;
        // What a daemon that was killed has left would keep this one from starting.
        let _gone = fs::remove_file(pid_file(folder));
        let child = command
            .args(["--host", &host(folder), "--data-root"])
            .arg(folder.join("data"))
            .arg("--pidfile")
            .arg(pid_file(folder))
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log)
            .spawn()
            .map_err(failed)?;
        Ok(Self { child, folder: folder.to_owned() })
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// When it ends or takes too long; with the end of its log.
    pub fn wait(mut self) -> Result<Self, Failure> {
        let until = Instant::now() + PATIENCE;
        while !answers(&self.folder) {
            if !matches!(self.child.try_wait(), Ok(None)) || Instant::now() > until {
                let log = fs::read_to_string(self.folder.join("dockerd.log")).unwrap_or_default();
                let last: Vec<&str> = log.lines().rev().take(5).collect();
                return Err(Failure::new(format!("dockerd does not come up: {}", last.join("; "))));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(self)
    }
}

/// Where the one of a folder is, as `DOCKER_HOST` has it.
pub fn host(folder: &Path) -> String {
    format!("unix://{}", socket(folder).display())
}

/// Whether there is one in this folder now.
pub fn answers(folder: &Path) -> bool {
    UnixStream::connect(socket(folder)).is_ok()
}

/// Where it writes its process's number.
pub fn pid_file(folder: &Path) -> PathBuf {
    folder.join("docker.pid")
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("docker.sock")
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _killed = self.child.kill();
        }
        let _status = self.child.wait();
    }
}
