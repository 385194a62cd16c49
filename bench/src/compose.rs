//! docker-compose as a peer: one service whose image is changed.

use crate::Failure;
use crate::binary;
use crate::table::millis;
use scenarios::load::get;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Where the service listens inside.
const PORT: u16 = 3000;

/// A stack that runs.
pub(crate) struct Compose {
    folder: TempDir,
    program: PathBuf,
    engine: String,
    pub(crate) address: SocketAddr,
}

impl Compose {
    /// Starts one of an image; `None` when the program is not on this machine.
    pub(crate) fn start(engine: &str, image: &str) -> Result<Option<Self>, Failure> {
        let Some(program) = binary::find("docker-compose") else { return Ok(None) };
        let folder = tempfile::Builder::new().prefix("ms-compose-").tempdir_in("/tmp")?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let compose = Self { folder, program, engine: engine.to_owned(), address };
        compose.change(image)?;
        let until = Instant::now() + Duration::from_secs(20);
        while get(address, "/health").is_err() {
            if Instant::now() > until {
                return Err("the service of docker-compose does not answer".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(Some(compose))
    }

    /// Puts another image in force as people do: a changed file, and `up -d`. Returns how long the command took.
    pub(crate) fn change(&self, image: &str) -> Result<f64, Failure> {
        fs::write(self.folder.path().join("docker-compose.yml"), self.file(image))?;
        let began = Instant::now();
        self.run(&["up", "-d"])?;
        Ok(millis(began.elapsed()))
    }

    fn run(&self, arguments: &[&str]) -> Result<(), Failure> {
        let mut command = Command::new(&self.program);
        command.args(["--project-name", "mainstay-bench"]).args(arguments).current_dir(self.folder.path());
        command.env("DOCKER_HOST", &self.engine).stdin(Stdio::null());
        let output = command.output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("docker-compose {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }

    /// What Mainstay gives the container too.
    fn file(&self, image: &str) -> String {
        format!(
            "version: \"3.8\"\nservices:\n  shop:\n    image: {image}\n    init: true\n    ports: [\"{}:{PORT}\"]\n    \
             environment: {{ PORT: \"{PORT}\" }}\n    stop_grace_period: 8s\n    restart: unless-stopped\n    \
             read_only: true\n    tmpfs: [/tmp]\n    cap_drop: [ALL]\n",
            self.address
        )
    }
}

impl Drop for Compose {
    fn drop(&mut self) {
        // What is left is named for this benchmark, and the next run begins with it.
        let _left = self.run(&["down"]);
    }
}
