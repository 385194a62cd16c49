//! PostgreSQL from the server programs on this machine.
//!
//! The folder holds `data` (made by `initdb` as `data.part` and renamed, so that one that was cut off does not count) and
//! `run` with the socket. The superuser's password and the application's are in the vault; the application's role owns
//! its database and nothing else. Every step can be repeated, so provisioning goes on where it was cut off.

pub(crate) mod accounts;
mod programs;

use super::place::{Place, server_user};
use super::server::{Keeper, Server};
use crate::driver::{DatastoreDriver, DatastoreRequest, Fields, Progress, Variables, View};
use crate::error::DriverError;
use crate::tool::Tool;
use accounts::Passwords;
use host::files;
use model::Secret;
use model::event::FailureKind;
use model::instance::StopSignal;
use programs::Programs;
use std::path::Path;

/// A socket's path must fit into `sockaddr_un` (unix(7)): 108 bytes with the file's own name.
const LONGEST_SOCKET_FOLDER: usize = 85;

/// The user that servers run as when we are root.
const USER: &str = "postgres";

/// The driver.
#[derive(Debug)]
pub(super) struct Postgres {
    pub(super) keeper: Keeper,
}

impl DatastoreDriver for Postgres {
    fn check(&self) -> Result<(), DriverError> {
        server_user(USER, "PostgreSQL", "postgresql")?;
        Programs::check()
    }

    fn provision(&self, request: &DatastoreRequest, progress: &mut dyn Progress) -> Result<(), DriverError> {
        let place = Place::make(&self.keeper.home, request, server_user(USER, "PostgreSQL", "postgresql")?)?;
        let passwords = Passwords::make(&self.keeper.credentials(), request)?;
        let data = place.folder.join("data");
        let programs = match programs::version_of(&data)? {
            Some(version) => Programs::of(&version, &data)?,
            None => {
                let programs = Programs::nearest(request.version.as_deref())?;
                if let Some(wanted) = request.version.as_deref().filter(|wanted| !programs.is(wanted)) {
                    progress.line(&format!(
                        "PostgreSQL {wanted} is wanted, {} is what this machine has",
                        programs.version
                    ));
                }
                initialise(&programs, &place, &passwords.superuser, progress)?;
                programs
            }
        };
        let server = Server {
            command: command(&programs, &place, request)?,
            stop: StopSignal::Interrupt,
            env: Variables::from([("LC_ALL".to_owned(), Secret::new("C.UTF-8"))]),
        };
        let is_ours = |client: &mut postgres::Client| accounts::is_ours(client, &data, request);
        passwords
            .provision(request, is_ours, |ready| self.keeper.run(request, &place, server, progress, ready))
    }

    fn fields(&self, request: &DatastoreRequest, _: View) -> Result<Fields, DriverError> {
        accounts::fields(&self.keeper.credentials(), request, ("127.0.0.1", request.port))
    }

    fn stop(&self, request: &DatastoreRequest) -> Result<(), DriverError> {
        self.keeper.stop(request)
    }
}

/// Makes a data folder.
fn initialise(
    programs: &Programs,
    place: &Place,
    superuser: &Secret,
    progress: &mut dyn Progress,
) -> Result<(), DriverError> {
    progress.line(&format!("PostgreSQL {} in {}", programs.version, place.folder.display()));
    place.check_reach()?;
    let half = place.folder.join("data.part");
    files::remove_tree(&half)?;
    let password = place.write("password.part", superuser.expose())?;
    let command = place
        .command(&programs.folder.join("initdb"))
        .args([
            "--username=postgres",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
        ])
        .args([format!("--pwfile={}", password.display()), format!("--pgdata={}", half.display())]);
    let tool = Tool {
        command,
        kind: FailureKind::Provision,
        title: "initdb".into(),
        secrets: &Variables::from([(String::new(), superuser.clone())]),
    };
    let made = tool.run(progress);
    files::remove_tree(&password)?;
    made?;
    Ok(files::rename(&half, &place.folder.join("data"))?)
}

/// Starts the server. What Mainstay decides stands here, what a person changes in `postgresql.conf`.
fn command(
    programs: &Programs,
    place: &Place,
    request: &DatastoreRequest,
) -> Result<Vec<String>, DriverError> {
    let socket = place.folder("run")?;
    let sockets =
        if socket.as_os_str().len() <= LONGEST_SOCKET_FOLDER { socket.as_path() } else { Path::new("") };
    let mut command = vec![
        programs.folder.join("postgres").display().to_string(),
        "-D".into(),
        place.folder.join("data").display().to_string(),
    ];
    for setting in [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={}", request.port),
        format!("unix_socket_directories={}", sockets.display()),
        format!("cluster_name=mainstay/{}/{}", request.scope, request.name),
        "logging_collector=off".into(),
        "log_destination=stderr".into(),
    ] {
        command.extend(["-c".into(), setting]);
    }
    Ok(command)
}
