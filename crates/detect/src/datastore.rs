//! Databases, caches and buckets: recognised by image, URL scheme and client library.

use model::Place;
use model::facts::{DatastoreFact, DatastoreKind};
use std::collections::BTreeMap;

/// One sign that a datastore is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreHint {
    /// What it is.
    pub kind: DatastoreKind,
    /// The version that is named there.
    pub version: Option<String>,
    /// Where.
    pub place: Place,
}

impl StoreHint {
    /// A sign without a version.
    pub(crate) const fn new(kind: DatastoreKind, place: Place) -> Self {
        Self { kind, version: None, place }
    }
}

/// The kind that a URL's scheme names: `postgresql+asyncpg://…` is Postgres.
pub(crate) fn of_url(url: &str) -> Option<DatastoreKind> {
    use DatastoreKind as Kind;
    let scheme = url.split_once(':')?.0;
    Some(match scheme.split('+').next()? {
        "postgres" | "postgresql" | "postgis" => Kind::Postgres,
        "mysql" => Kind::MySql,
        "mariadb" => Kind::MariaDb,
        "mongodb" => Kind::MongoDb,
        "redis" | "rediss" | "valkey" => Kind::Redis,
        "amqp" | "amqps" => Kind::RabbitMq,
        "s3" => Kind::S3,
        "kafka" => Kind::Kafka,
        "memcached" => Kind::Memcached,
        "clickhouse" => Kind::ClickHouse,
        "sqlite" | "sqlite3" | "file" => Kind::Sqlite,
        _ => return None,
    })
}

/// The kind and version that a container image is: `bitnami/postgresql:15.4-alpine` is Postgres 15.4.
pub(crate) fn of_image(image: &str) -> Option<(DatastoreKind, Option<String>)> {
    use DatastoreKind as Kind;
    let image = image.split('@').next()?;
    let name_at = image.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) =
        image[name_at..].split_once(':').map_or((&image[name_at..], None), |(n, t)| (n, Some(t)));
    let kind = match name.to_ascii_lowercase().as_str() {
        "postgres" | "postgresql" | "postgis" | "timescaledb" | "timescaledb-ha" | "pgvector"
        | "supabase-postgres" => Kind::Postgres,
        "mysql" | "mysql-server" | "percona" => Kind::MySql,
        "mariadb" => Kind::MariaDb,
        "mongo" | "mongodb" | "mongodb-community-server" => Kind::MongoDb,
        "redis" | "valkey" | "redis-stack" | "redis-stack-server" | "keydb" | "dragonfly" => Kind::Redis,
        "minio" | "localstack" | "rustfs" | "garage" | "seaweedfs" => Kind::S3,
        "rabbitmq" => Kind::RabbitMq,
        "kafka" | "cp-kafka" | "redpanda" => Kind::Kafka,
        "elasticsearch" | "opensearch" => Kind::Elasticsearch,
        "memcached" => Kind::Memcached,
        "clickhouse" | "clickhouse-server" => Kind::ClickHouse,
        _ => return None,
    };
    Some((kind, tag.and_then(|tag| image_version(name, tag))))
}

/// The number in a tag: `15-alpine` is 15, `latest-pg16` and `pg16` are 16, `latest` is nothing.
fn image_version(name: &str, tag: &str) -> Option<String> {
    let postgres_line = tag.rfind("pg").map(|at| &tag[at + 2..]);
    let tag = match postgres_line {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ if name == "minio" || name == "localstack" => return None,
        _ => tag,
    };
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let number: String = tag.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let number = number.trim_end_matches('.');
    (!number.is_empty()).then(|| number.to_owned())
}

/// One fact a kind; the version is the most often named one, the longer where two are named equally often.
pub(crate) fn merge(hints: Vec<StoreHint>) -> Vec<DatastoreFact> {
    let mut by_kind: BTreeMap<&str, Vec<StoreHint>> = BTreeMap::new();
    for hint in hints {
        by_kind.entry(hint.kind.as_str()).or_default().push(hint);
    }
    by_kind.into_values().map(fact).collect()
}

fn fact(hints: Vec<StoreHint>) -> DatastoreFact {
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for version in hints.iter().filter_map(|hint| hint.version.as_deref()) {
        *votes.entry(version).or_default() += 1;
    }
    let version = votes
        .iter()
        .max_by_key(|(version, count)| (**count, version.len()))
        .map(|(version, _)| (*version).to_owned());
    let kind = hints[0].kind;
    let mut evidence: Vec<Place> = hints.into_iter().map(|hint| hint.place).collect();
    evidence.sort();
    evidence.dedup();
    DatastoreFact { kind, version, evidence }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_name_a_kind_and_a_version() {
        let postgres = |version: &str| Some((DatastoreKind::Postgres, Some(version.to_owned())));
        assert_eq!(of_image("postgres:15-alpine"), postgres("15"));
        assert_eq!(of_image("docker.io/bitnami/postgresql:15.4.0-debian-11"), postgres("15.4.0"));
        assert_eq!(of_image("pgvector/pgvector:pg16"), postgres("16"));
        assert_eq!(of_image("timescale/timescaledb:2.11-pg14"), postgres("14"));
        assert_eq!(of_image("redis"), Some((DatastoreKind::Redis, None)));
        assert_eq!(
            of_image("localhost:5000/redis:7@sha256:00"),
            Some((DatastoreKind::Redis, Some("7".into())))
        );
        assert_eq!(of_image("nginx:1.27"), None);
    }

    #[test]
    fn schemes_name_a_kind() {
        assert_eq!(of_url("postgresql+asyncpg://u@h/d"), Some(DatastoreKind::Postgres));
        assert_eq!(of_url("https://x"), None);
    }
}
