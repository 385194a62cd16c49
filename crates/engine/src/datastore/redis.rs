//! Redis, or its successor Valkey, from the server program on this machine.
//!
//! The folder holds `redis.conf` (with the password, which must not be in the command line) and `data`.

use super::credentials::Credentials;
use super::place::{Place, server_user};
use super::server::{Answer, Keeper, Server};
use crate::driver::{DatastoreDriver, DatastoreRequest, Fields, Progress, Variables, View};
use crate::error::DriverError;
use host::environment;
use host::process::{find_program, user_ids};
use model::Secret;
use model::event::FailureKind;
use model::instance::StopSignal;
use model::unit::Port;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Programs that speak the protocol, best first.
const PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];

/// Time for an answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The driver.
#[derive(Debug)]
pub(super) struct Redis {
    pub(super) keeper: Keeper,
}

impl DatastoreDriver for Redis {
    fn check(&self) -> Result<(), DriverError> {
        program().map(|_| ())
    }

    fn provision(&self, request: &DatastoreRequest, progress: &mut dyn Progress) -> Result<(), DriverError> {
        let program = program()?;
        // As root it would run, but it need not: the packages bring a user for it.
        let user =
            if user_ids("redis").is_some() { server_user("redis", "Redis", "redis-server")? } else { None };
        let place = Place::make(&self.keeper.home, request, user)?;
        let password = self.keeper.credentials().make(request, "password")?;
        let data = place.folder("data")?;
        let own = ["bind 127.0.0.1".into(), format!("port {}", request.port), "daemonize no".into()];
        let configuration = configuration(&password, &data, &own);
        let file = place.write("redis.conf", &configuration)?;
        let server = Server {
            command: vec![program.display().to_string(), file.display().to_string()],
            stop: StopSignal::Terminate,
            env: Variables::new(),
        };
        self.keeper.run(request, &place, server, progress, &mut || ask(request.port, &password))
    }

    fn fields(&self, request: &DatastoreRequest, _: View) -> Result<Fields, DriverError> {
        fields(&self.keeper.credentials(), request, ("127.0.0.1", request.port))
    }

    fn stop(&self, request: &DatastoreRequest) -> Result<(), DriverError> {
        self.keeper.stop(request)
    }
}

fn program() -> Result<PathBuf, DriverError> {
    let path = format!("{}:/usr/local/bin:/usr/bin", environment::search_path());
    PROGRAMS.iter().find_map(|name| find_program(name, &path)).ok_or_else(|| {
        DriverError::new(FailureKind::Provision, "the server program of Redis is not on this machine")
            .advise("install it: `apt-get install redis-server` (the service that comes with it is not used)")
    })
}

/// A server's configuration: what holds for all, its password, where its data is, and lines of its own.
pub(crate) fn configuration(password: &Secret, data: &Path, own: &[String]) -> String {
    let all = [
        format!("dir {}", data.display()),
        format!("requirepass {}", password.expose()),
        "appendonly yes".into(),
        "appendfsync everysec".into(),
        "save \"\"".into(),
        "maxmemory-policy noeviction".into(),
        "protected-mode yes".into(),
        "logfile \"\"".into(),
    ];
    own.iter().chain(&all).map(|line| format!("{line}\n")).collect()
}

/// What the application is told, of a server at an address.
///
/// # Errors
/// When it was never provisioned.
pub(crate) fn fields(
    credentials: &Credentials,
    request: &DatastoreRequest,
    (host, port): (&str, Port),
) -> Result<Fields, DriverError> {
    let password = credentials.get(request, "password")?;
    Ok(Fields::from([
        ("url", Secret::new(format!("redis://:{}@{host}:{port}/0", password.expose()))),
        ("host", Secret::new(host)),
        ("port", Secret::new(port.to_string())),
        ("password", password),
        ("database", Secret::new("0")),
    ]))
}

/// Whether the server takes the password and answers (redis.io, RESP: commands as plain lines).
pub(crate) fn ask(port: Port, password: &Secret) -> Answer {
    let said = (|| {
        let mut stream =
            TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port.0)), TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.write_all(format!("AUTH {}\r\nPING\r\nQUIT\r\n", password.expose()).as_bytes())?;
        let mut said = String::new();
        stream.take(4096).read_to_string(&mut said).map(|_| said)
    })();
    match said {
        Ok(said) if said.starts_with("+OK\r\n+PONG") => Answer::Ready,
        Ok(said) if said.starts_with("-WRONGPASS") || said.starts_with("-ERR AUTH") => Answer::Wrong(
            DriverError::new(FailureKind::Provision, format!("another Redis answers on port {port}"))
                .advise("end it, or let the project have another port"),
        ),
        // Loading its data, mostly.
        Ok(said) => {
            Answer::NotYet(said.lines().find(|line| line.starts_with('-')).unwrap_or("no answer").to_owned())
        }
        Err(error) => Answer::NotYet(error.to_string()),
    }
}
