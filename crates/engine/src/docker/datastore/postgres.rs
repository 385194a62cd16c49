//! PostgreSQL from the official image. The superuser's password goes into a file of the container; the application's role
//! and database are made from this machine, as on every target.

use super::{FILES, Keeper, Server};
use crate::datastore::credentials::account;
use crate::datastore::postgres::accounts;
use crate::datastore::server::Answer;
use crate::driver::{DatastoreDriver, DatastoreRequest, Fields, Progress, Variables, View};
use crate::error::DriverError;
use model::Secret;
use model::facts::DatastoreKind;
use model::unit::Port;

const PORT: Port = Port(5432);

/// The driver.
pub(super) struct Postgres {
    pub(super) keeper: Keeper,
}

impl DatastoreDriver for Postgres {
    fn check(&self) -> Result<(), DriverError> {
        self.keeper.check()
    }

    fn provision(&self, request: &DatastoreRequest, progress: &mut dyn Progress) -> Result<(), DriverError> {
        let superuser = self.keeper.credentials().make(request, "superuser_password")?;
        let password = self.keeper.credentials().make(request, "password")?;
        let plain = |text: &str| Secret::new(text);
        let server = Server {
            kind: DatastoreKind::Postgres,
            command: Vec::new(),
            // Read on the very first start only.
            env: Variables::from([
                ("POSTGRES_PASSWORD_FILE".to_owned(), plain(&format!("{FILES}/password"))),
                (
                    "POSTGRES_INITDB_ARGS".to_owned(),
                    plain("--encoding=UTF8 --locale=C.UTF-8 --data-checksums"),
                ),
            ]),
            files: vec![("password", superuser.expose().to_owned())],
            port: PORT,
            data: "/var/lib/postgresql/data",
        };
        let connect = accounts::superuser(request, &superuser);
        let mut connected = None;
        self.keeper.run(request, &server, progress, &mut || match accounts::connect(&connect, request) {
            Ok(client) => {
                connected = Some(client);
                Answer::Ready
            }
            Err(answer) => answer,
        })?;
        let Some(mut client) = connected else { return Ok(()) };
        accounts::ensure(&mut client, &account(request), &password)
            .map_err(|error| accounts::failed(request, &error))
    }

    fn fields(&self, request: &DatastoreRequest, view: View) -> Result<Fields, DriverError> {
        let password = self.keeper.credentials().get(request, "password")?;
        let user = account(request);
        let (host, port) = match view {
            View::Services => (request.name.as_str(), PORT),
            View::Machine => ("127.0.0.1", request.port),
        };
        Ok(Fields::from([
            ("url", Secret::new(format!("postgresql://{user}:{}@{host}:{port}/{user}", password.expose()))),
            ("host", Secret::new(host)),
            ("port", Secret::new(port.to_string())),
            ("user", Secret::new(user.clone())),
            ("password", password),
            ("database", Secret::new(user)),
        ]))
    }

    fn stop(&self, request: &DatastoreRequest) -> Result<(), DriverError> {
        self.keeper.stop(request)
    }
}
