//! The application's role and database.

use super::super::credentials::{Credentials, account};
use super::super::server::Answer;
use crate::driver::{DatastoreRequest, Fields};
use crate::error::DriverError;
use host::files;
use model::Secret;
use model::event::FailureKind;
use model::unit::Port;
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

/// The passwords of a server: the superuser's, and the application's.
pub(crate) struct Passwords {
    pub(crate) superuser: Secret,
    application: Secret,
}

impl Passwords {
    /// Those from the vault, made on first use.
    ///
    /// # Errors
    /// When the vault cannot be opened or written.
    pub(crate) fn make(credentials: &Credentials, request: &DatastoreRequest) -> Result<Self, DriverError> {
        let superuser = credentials.make(request, "superuser_password")?;
        Ok(Self { superuser, application: credentials.make(request, "password")? })
    }

    /// Has a server run by `run`, which is given the question whether it is ready, and makes the application's role and
    /// database in it. `is_ours` asks whether the one that answers is the one that is meant.
    ///
    /// # Errors
    /// When it does not come up, or refuses.
    pub(crate) fn provision(
        &self,
        request: &DatastoreRequest,
        is_ours: impl Fn(&mut Client) -> Answer,
        run: impl FnOnce(&mut dyn FnMut() -> Answer) -> Result<(), DriverError>,
    ) -> Result<(), DriverError> {
        let config = superuser(request, &self.superuser);
        let mut connected = None;
        run(&mut || match connect(&config, request) {
            Ok(mut client) => {
                let answer = is_ours(&mut client);
                connected = Some(client);
                answer
            }
            Err(answer) => answer,
        })?;
        let Some(mut client) = connected else { return Ok(()) };
        ensure(&mut client, &account(request), &self.application).map_err(|error| failed(request, &error))
    }
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
    let (user, password) = (account(request), credentials.get(request, "password")?);
    Ok(Fields::from([
        ("url", Secret::new(format!("postgresql://{user}:{}@{host}:{port}/{user}", password.expose()))),
        ("host", Secret::new(host)),
        ("port", Secret::new(port.to_string())),
        ("user", Secret::new(user.clone())),
        ("password", password),
        ("database", Secret::new(user)),
    ]))
}

/// How the superuser connects. Statements that fail are not logged: one of them holds a password.
fn superuser(request: &DatastoreRequest, password: &Secret) -> Config {
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(request.port.0)
        .user("postgres")
        .password(password.expose())
        .dbname("postgres")
        .application_name("mainstay")
        .options("-c log_min_error_statement=panic -c log_statement=none")
        .connect_timeout(Duration::from_secs(5));
    config
}

/// Connects as soon as a server answers. One that only takes connections is not waited for: the client has no time limit.
fn connect(config: &Config, request: &DatastoreRequest) -> Result<Client, Answer> {
    if let Err(error) = speaks(request.port) {
        return Err(Answer::NotYet(error.to_string()));
    }
    config.connect(NoTls).map_err(|error| refusal(&error, request))
}

/// Asks for encryption, which every server answers with one byte (postgresql.org, "Message Formats", SSLRequest).
fn speaks(port: Port) -> std::io::Result<()> {
    const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    let limit = Duration::from_secs(2);
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port.0)), limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.write_all(&SSL_REQUEST)?;
    stream.read_exact(&mut [0])
}

/// Whether the server that answers is the one of this data folder.
pub(crate) fn is_ours(client: &mut Client, data: &Path, request: &DatastoreRequest) -> Answer {
    let said: Result<String, _> = client.query_one("SHOW data_directory", &[]).and_then(|row| row.try_get(0));
    match said {
        Ok(said) if real(Path::new(&said)) == real(data) => Answer::Ready,
        Ok(_) => Answer::NotYet(format!("another server answers on port {}", request.port)),
        Err(error) => Answer::NotYet(words(&error)),
    }
}

fn real(path: &Path) -> std::path::PathBuf {
    files::real_path(path).unwrap_or_else(|_| path.to_owned())
}

/// What a refused connection means.
fn refusal(error: &postgres::Error, request: &DatastoreRequest) -> Answer {
    if error.code() != Some(&SqlState::INVALID_PASSWORD) {
        return Answer::NotYet(words(error));
    }
    let message =
        format!("the server of {} does not take the superuser's password from the vault", request.name);
    Answer::Wrong(DriverError::new(FailureKind::Provision, message).advise(
        "another server may listen on that port, or the vault is not the one that the data was made with; \
         bring the vault of the same backup back",
    ))
}

/// Makes the role and its database, or sets the role's password again.
///
/// # Errors
/// When the server refuses.
fn ensure(client: &mut Client, name: &str, password: &Secret) -> Result<(), postgres::Error> {
    let known = client.query_opt("SELECT 1 FROM pg_roles WHERE rolname = $1", &[&name])?.is_some();
    // Neither names nor passwords can be parameters here. The name has no quote in it and the password is hexadecimal.
    let verb = if known { "ALTER" } else { "CREATE" };
    client.batch_execute(&format!(
        "{verb} ROLE \"{name}\" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{}'",
        password.expose().replace('\'', "''")
    ))?;
    let known = client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])?.is_some();
    if !known {
        client.batch_execute(&format!("CREATE DATABASE \"{name}\" OWNER \"{name}\""))?;
    }
    Ok(())
}

/// A refusal of the server while the role and its database are made.
fn failed(request: &DatastoreRequest, error: &postgres::Error) -> DriverError {
    let message = format!("the role and database in {} cannot be made: {}", request.name, words(error));
    DriverError::new(FailureKind::Provision, message)
}

fn words(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => error.message().to_owned(),
        None => error.to_string(),
    }
}
