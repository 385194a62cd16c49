//! Redis from the official image, with its password in a configuration file of the container.

use super::{FILES, Keeper, Server};
use crate::datastore::redis::ask;
use crate::driver::{DatastoreDriver, DatastoreRequest, Fields, Progress, Variables, View};
use crate::error::DriverError;
use model::Secret;
use model::facts::DatastoreKind;
use model::unit::Port;

const PORT: Port = Port(6379);

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
        let configuration = [
            format!("port {PORT}"),
            "dir /data".into(),
            format!("requirepass {}", password.expose()),
            "appendonly yes".into(),
            "appendfsync everysec".into(),
            "save \"\"".into(),
            "maxmemory-policy noeviction".into(),
            "protected-mode yes".into(),
            "logfile \"\"".into(),
        ];
        let server = Server {
            kind: DatastoreKind::Redis,
            command: vec!["redis-server".into(), format!("{FILES}/redis.conf")],
            env: Variables::new(),
            files: vec![("redis.conf", configuration.join("\n") + "\n")],
            port: PORT,
            data: "/data",
        };
        self.keeper.run(request, &server, progress, &mut || ask(request.port, &password))
    }

    fn fields(&self, request: &DatastoreRequest, view: View) -> Result<Fields, DriverError> {
        let password = self.keeper.credentials().get(request, "password")?;
        let (host, port) = match view {
            View::Services => (request.name.as_str(), PORT),
            View::Machine => ("127.0.0.1", request.port),
        };
        Ok(Fields::from([
            ("url", Secret::new(format!("redis://:{}@{host}:{port}/0", password.expose()))),
            ("host", Secret::new(host)),
            ("port", Secret::new(port.to_string())),
            ("password", password),
            ("database", Secret::new("0")),
        ]))
    }

    fn stop(&self, request: &DatastoreRequest) -> Result<(), DriverError> {
        self.keeper.stop(request)
    }
}
