//! A PostgreSQL of our own, for as long as the tests run.

use crate::process::{self, Server};
use crate::{Failure, setup};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A server with an empty cluster; both are gone when it is dropped.
pub struct Postgres {
    // Ended before its folder is removed: fields drop in order.
    _server: Server,
    _folder: Folder,
    /// As the superuser, who may create databases.
    pub url: String,
}

impl Postgres {
    /// Makes a cluster and starts the server at a free port of loopback.
    pub fn start() -> Result<Self, Failure> {
        let programs = setup::postgres_binaries()
            .map_err(|why| Failure::new(format!("PostgreSQL: {why}; run `cargo xtask setup`")))?;
        let folder = Folder::new()?;
        let data = folder.0.join("data");
        let mut make = as_its_user(&programs.join("initdb"));
        make.args(["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]);
        process::capture(make.arg("-D").arg(&data).current_dir(&folder.0))?;
        let port = process::free_port()?;
        let mut serve = as_its_user(&programs.join("postgres"));
        serve.arg("-D").arg(&data).arg("-k").arg(&folder.0).arg("-p").arg(port.to_string());
        for setting in ["listen_addresses=127.0.0.1", "fsync=off", "log_min_messages=panic"] {
            serve.args(["-c", setting]);
        }
        let server = Server::start("PostgreSQL", serve.current_dir(&folder.0), port)?;
        let url = format!("postgresql://postgres@127.0.0.1:{port}/postgres");
        wait_until_ready(&programs, &folder.0, port)?;
        Ok(Self { _server: server, _folder: folder, url })
    }
}

/// It listens before it takes connections.
fn wait_until_ready(programs: &Path, folder: &Path, port: u16) -> Result<(), Failure> {
    let mut ready = Command::new(programs.join("pg_isready"));
    ready
        .args(["--quiet", "--timeout=30", "--host=127.0.0.1", "--username=postgres"])
        .arg(format!("--port={port}"))
        .current_dir(folder);
    let mut last = Ok(String::new());
    for _ in 0..100 {
        last = process::capture(&mut ready);
        if last.is_ok() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    last.map(drop)
}

/// PostgreSQL refuses to run as root; then its own user does it. It ends with us, however we end.
fn as_its_user(program: &Path) -> Command {
    if !process::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=INT"]).arg(program);
    command
}

/// A folder under the system's temporary one, owned by the server's user, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("mainstay-tests-{}", std::process::id()));
        let failed =
            |error: std::io::Error| Failure::new(format!("{} cannot be made: {error}", path.display()));
        fs::create_dir(&path).map_err(failed)?;
        let folder = Self(path.clone());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        if process::is_root() {
            process::capture(Command::new("chown").arg("postgres:postgres").arg(&path))?;
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
