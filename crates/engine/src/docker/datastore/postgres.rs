//! PostgreSQL from the official image. The superuser's password goes into a file of the container; the application's role
//! and database are made from this machine, as on every target.

use super::{FILES, Keeper, Server, place};
use crate::datastore::postgres::accounts::{self, Passwords};
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
        let passwords = Passwords::make(&self.keeper.credentials(), request)?;
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
            files: vec![("password", passwords.superuser.expose().to_owned())],
            port: PORT,
            data: "/var/lib/postgresql/data",
        };
        // Nobody else's server is behind a port that this container publishes.
        passwords.provision(
            request,
            |_| Answer::Ready,
            |ready| self.keeper.run(request, &server, progress, ready),
        )
    }

    fn fields(&self, request: &DatastoreRequest, view: View) -> Result<Fields, DriverError> {
        accounts::fields(&self.keeper.credentials(), request, place(request, view, PORT))
    }

    fn stop(&self, request: &DatastoreRequest) -> Result<(), DriverError> {
        self.keeper.stop(request)
    }
}
