//! nginx as a peer: a server whose answer is changed by a new configuration.

use crate::Failure;
use crate::binary;
use scenarios::load::get;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A running nginx with one worker.
pub(crate) struct Nginx {
    folder: TempDir,
    program: PathBuf,
    master: Child,
    pub(crate) address: SocketAddr,
}

impl Nginx {
    /// Starts it; `None` when it is not on this machine.
    pub(crate) fn start(answer: &str) -> Result<Option<Self>, Failure> {
        let Some(program) = binary::find("nginx") else { return Ok(None) };
        let folder = tempfile::Builder::new().prefix("ms-nginx-").tempdir_in("/tmp")?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        fs::write(folder.path().join("nginx.conf"), configuration(&folder, address, answer))?;
        let mut command = Command::new(&program);
        command.arg("-p").arg(folder.path()).args(["-c", "nginx.conf", "-e", "error.log"]);
        let master = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let nginx = Self { folder, program, master, address };
        let until = Instant::now() + Duration::from_secs(10);
        while get(address, "/version").is_err() {
            if Instant::now() > until {
                return Err("nginx does not answer".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(Some(nginx))
    }

    /// Puts another answer in force as administrators do: a new file, and a signal.
    pub(crate) fn change(&self, answer: &str) -> Result<(), Failure> {
        let file = self.folder.path().join("nginx.conf");
        fs::write(file, configuration(&self.folder, self.address, answer))?;
        let mut command = Command::new(&self.program);
        command.arg("-p").arg(self.folder.path()).args([
            "-c",
            "nginx.conf",
            "-e",
            "error.log",
            "-s",
            "reload",
        ]);
        let status = command.stderr(Stdio::null()).status()?;
        if status.success() { Ok(()) } else { Err(format!("nginx -s reload ends with {status}").into()) }
    }

    /// The master and its workers.
    pub(crate) fn pids(&self) -> Vec<u32> {
        let master = self.master.id();
        let children =
            fs::read_to_string(format!("/proc/{master}/task/{master}/children")).unwrap_or_default();
        children.split_whitespace().filter_map(|pid| pid.parse().ok()).chain([master]).collect()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        for pid in self.pids() {
            scenarios::world::process::kill(pid, libc::SIGTERM);
        }
        // Whatever it says, it is gone.
        let _status = self.master.wait();
    }
}

fn configuration(folder: &TempDir, address: SocketAddr, answer: &str) -> String {
    let folder = folder.path().display();
    format!(
        "daemon off;\nworker_processes 1;\npid {folder}/pid;\nevents {{ worker_connections 1024; }}\nhttp {{\n  \
         access_log {folder}/access.log;\n  client_body_temp_path {folder}/body;\n  proxy_temp_path {folder}/proxy;\n  \
         fastcgi_temp_path {folder}/fastcgi;\n  uwsgi_temp_path {folder}/uwsgi;\n  scgi_temp_path {folder}/scgi;\n  \
         server {{ listen {address}; location / {{ return 200 '{answer}'; }} }}\n}}\n"
    )
}
