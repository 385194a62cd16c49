//! Redis from the official image, with its password in a configuration file of the container.

use super::{FILES, Keeper, Server, place};
use crate::datastore::redis::{ask, configuration, fields};
use crate::driver::{DatastoreDriver, DatastoreRequest, Fields, Progress, Variables, View};
use crate::error::DriverError;
use model::facts::DatastoreKind;
use model::unit::Port;
use std::path::Path;

const PORT: Port = Port(6379);
const DATA: &str = "/data";

/// The driver.
pub(super) struct Redis {
    pub(super) keeper: Keeper,
}

impl DatastoreDriver for Redis {
    fn check(&self) -> Result<(), DriverError> {
        self.keeper.check()
    }

    fn provision(&self, request: &DatastoreRequest, progress: &mut dyn Progress) -> Result<(), DriverError> {
        let password = self.keeper.credentials().make(request, "password")?;
        let server = Server {
            kind: DatastoreKind::Redis,
            command: vec!["redis-server".into(), format!("{FILES}/redis.conf")],
            env: Variables::new(),
            files: vec![("redis.conf", configuration(&password, Path::new(DATA), &[format!("port {PORT}")]))],
            port: PORT,
            data: DATA,
        };
        self.keeper.run(request, &server, progress, &mut || ask(request.port, &password))
    }

    fn fields(&self, request: &DatastoreRequest, view: View) -> Result<Fields, DriverError> {
        fields(&self.keeper.credentials(), request, place(request, view, PORT))
    }

    fn stop(&self, request: &DatastoreRequest) -> Result<(), DriverError> {
        self.keeper.stop(request)
    }
}
