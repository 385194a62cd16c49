//! What tells of a datastore in Prometheus' format.

use super::image;
use crate::files::blueprint::{Blueprint, Store};
use artifact::yaml::{Map, flow};
use model::facts::DatastoreKind;

/// The exporter of a datastore.
pub(super) struct Exporter<'b, 'a> {
    /// Of this one.
    pub(super) store: &'b Store<'a>,
    /// The Compose service; the datastore's own when its server tells by itself.
    pub(super) host: String,
    /// The port with `/metrics`.
    pub(super) port: u16,
}

/// One for each datastore that runs beside the project and can be asked.
pub(super) fn all<'b, 'a>(blueprint: &'b Blueprint<'a>) -> Vec<Exporter<'b, 'a>> {
    let here = blueprint.stores.iter().filter(|store| store.image.is_some());
    here.filter_map(|store| {
        let port = port(store.about.kind)?;
        let host = match store.about.kind {
            DatastoreKind::RabbitMq => store.name.to_string(),
            _ => format!("{}-exporter", store.name),
        };
        Some(Exporter { store, host, port })
    })
    .collect()
}

/// Ports of https://github.com/prometheus/prometheus/wiki/Default-port-allocations.
const fn port(kind: DatastoreKind) -> Option<u16> {
    match kind {
        DatastoreKind::Postgres => Some(9187),
        DatastoreKind::Redis => Some(9121),
        DatastoreKind::MySql | DatastoreKind::MariaDb => Some(9104),
        DatastoreKind::Memcached => Some(9150),
        // The image has the plugin `rabbitmq_prometheus` switched on.
        DatastoreKind::RabbitMq => Some(15692),
        DatastoreKind::MongoDb
        | DatastoreKind::S3
        | DatastoreKind::Sqlite
        | DatastoreKind::Kafka
        | DatastoreKind::Elasticsearch
        | DatastoreKind::ClickHouse => None,
    }
}

impl Exporter<'_, '_> {
    /// Its container without what all of them share; `None` when there is none.
    pub(super) fn container(&self, blueprint: &Blueprint<'_>) -> Option<Map> {
        let store = self.store;
        let address = format!("{}:{}", store.name, store.port);
        let secret = format!("/run/secrets/{}", store.password_id());
        let image = |image: &str| Map::new().set("image", blueprint.pinned(image));
        // A shell reads the file for those that take a password only as a variable.
        let shell =
            |map: Map, line: String| map.set("entrypoint", flow(["sh", "-c"])).set("command", flow([line]));
        let map = match store.about.kind {
            DatastoreKind::Postgres => {
                let environment = Map::new()
                    .set("DATA_SOURCE_URI", format!("{address}/{}?sslmode=disable", store.account))
                    .set("DATA_SOURCE_USER", store.account.as_str())
                    .set("DATA_SOURCE_PASS_FILE", secret);
                image(image::POSTGRES).set("environment", environment)
            }
            DatastoreKind::Redis => shell(
                image(image::REDIS),
                format!(
                    "REDIS_PASSWORD=\"$$(cat {secret})\" exec /redis_exporter -redis.addr=redis://{address}"
                ),
            ),
            DatastoreKind::MySql | DatastoreKind::MariaDb => shell(
                image(image::MYSQL),
                format!(
                    "MYSQLD_EXPORTER_PASSWORD=\"$$(cat {secret})\" exec /bin/mysqld_exporter --mysqld.address={address} --mysqld.username={}",
                    store.account
                ),
            ),
            DatastoreKind::Memcached => {
                image(image::MEMCACHED).set("command", flow([format!("--memcached.address={address}")]))
            }
            DatastoreKind::RabbitMq
            | DatastoreKind::MongoDb
            | DatastoreKind::S3
            | DatastoreKind::Sqlite
            | DatastoreKind::Kafka
            | DatastoreKind::Elasticsearch
            | DatastoreKind::ClickHouse => return None,
        };
        Some(map)
    }
}

/// The series that is 1 while a datastore answers its exporter.
pub(super) const fn answers(kind: DatastoreKind) -> Option<&'static str> {
    match kind {
        DatastoreKind::Postgres => Some("pg_up"),
        DatastoreKind::Redis => Some("redis_up"),
        DatastoreKind::MySql | DatastoreKind::MariaDb => Some("mysql_up"),
        DatastoreKind::Memcached => Some("memcached_up"),
        DatastoreKind::RabbitMq => Some("up"),
        DatastoreKind::MongoDb
        | DatastoreKind::S3
        | DatastoreKind::Sqlite
        | DatastoreKind::Kafka
        | DatastoreKind::Elasticsearch
        | DatastoreKind::ClickHouse => None,
    }
}
