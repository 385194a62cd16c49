//! Datastores beside the project, from server programs that are on this machine. Each has a folder, a port and
//! credentials of its own; a server that the system runs is never touched.

pub(crate) mod credentials;
mod place;
pub(crate) mod postgres;
pub(crate) mod redis;
pub(crate) mod s3;
pub(crate) mod server;

use crate::driver::DatastoreDriver;
use host::paths::Home;
use model::facts::DatastoreKind;
use std::net::Ipv4Addr;
use std::path::Path;

/// A driver behind its trait.
type Boxed = Box<dyn DatastoreDriver>;

/// The drivers of the `process` target, by kind. `binary` is Mainstay's own: it supervises the servers and is the bucket.
/// A kind that is not here has to be provided from elsewhere.
pub fn drivers(home: &Home, binary: &Path) -> Vec<(DatastoreKind, Boxed)> {
    let keeper = || server::Keeper { home: home.clone(), binary: binary.to_owned() };
    DatastoreKind::ALL
        .iter()
        .filter_map(|kind| {
            let driver: Boxed = match kind {
                DatastoreKind::Postgres => Box::new(postgres::Postgres { keeper: keeper() }),
                DatastoreKind::Redis => Box::new(redis::Redis { keeper: keeper() }),
                DatastoreKind::S3 => {
                    Box::new(s3::S3 { keeper: keeper(), at: Box::new(|_| Ok(Ipv4Addr::LOCALHOST)) })
                }
                DatastoreKind::MySql
                | DatastoreKind::MariaDb
                | DatastoreKind::Sqlite
                | DatastoreKind::MongoDb
                | DatastoreKind::RabbitMq
                | DatastoreKind::Kafka
                | DatastoreKind::Elasticsearch
                | DatastoreKind::Memcached
                | DatastoreKind::ClickHouse => return None,
            };
            Some((*kind, driver))
        })
        .collect()
}
