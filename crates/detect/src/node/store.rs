//! Datastores that a package talks to, by its client libraries.

use super::package::Package;
use crate::datastore::StoreHint;
use crate::repository::Repository;
use model::facts::DatastoreKind as Kind;

/// Client libraries and what they talk to.
const CLIENTS: &[(&str, Kind)] = &[
    ("pg", Kind::Postgres),
    ("postgres", Kind::Postgres),
    ("pg-promise", Kind::Postgres),
    ("pg-boss", Kind::Postgres),
    ("slonik", Kind::Postgres),
    ("graphile-worker", Kind::Postgres),
    ("@prisma/adapter-pg", Kind::Postgres),
    ("@mikro-orm/postgresql", Kind::Postgres),
    ("connect-pg-simple", Kind::Postgres),
    ("@neondatabase/serverless", Kind::Postgres),
    ("@vercel/postgres", Kind::Postgres),
    ("mysql", Kind::MySql),
    ("mysql2", Kind::MySql),
    ("@mikro-orm/mysql", Kind::MySql),
    ("mariadb", Kind::MariaDb),
    ("sqlite3", Kind::Sqlite),
    ("better-sqlite3", Kind::Sqlite),
    ("@libsql/client", Kind::Sqlite),
    ("mongoose", Kind::MongoDb),
    ("mongodb", Kind::MongoDb),
    ("@nestjs/mongoose", Kind::MongoDb),
    ("@typegoose/typegoose", Kind::MongoDb),
    ("connect-mongo", Kind::MongoDb),
    ("agenda", Kind::MongoDb),
    ("monk", Kind::MongoDb),
    ("redis", Kind::Redis),
    ("ioredis", Kind::Redis),
    ("bull", Kind::Redis),
    ("bullmq", Kind::Redis),
    ("@nestjs/bull", Kind::Redis),
    ("@nestjs/bullmq", Kind::Redis),
    ("connect-redis", Kind::Redis),
    ("@fastify/redis", Kind::Redis),
    ("bee-queue", Kind::Redis),
    ("rate-limit-redis", Kind::Redis),
    ("@socket.io/redis-adapter", Kind::Redis),
    ("@aws-sdk/client-s3", Kind::S3),
    ("@aws-sdk/lib-storage", Kind::S3),
    ("minio", Kind::S3),
    ("nestjs-minio-client", Kind::S3),
    ("multer-s3", Kind::S3),
    ("amqplib", Kind::RabbitMq),
    ("amqp-connection-manager", Kind::RabbitMq),
    ("@golevelup/nestjs-rabbitmq", Kind::RabbitMq),
    ("rascal", Kind::RabbitMq),
    ("kafkajs", Kind::Kafka),
    ("node-rdkafka", Kind::Kafka),
    ("@confluentinc/kafka-javascript", Kind::Kafka),
    ("@elastic/elasticsearch", Kind::Elasticsearch),
    ("@opensearch-project/opensearch", Kind::Elasticsearch),
    ("@nestjs/elasticsearch", Kind::Elasticsearch),
    ("memcached", Kind::Memcached),
    ("memjs", Kind::Memcached),
    ("@clickhouse/client", Kind::ClickHouse),
];

/// What a package talks to. Only what it needs to run counts: a driver for tests is none.
pub(crate) fn of(repository: &Repository<'_>, package: &Package) -> Vec<StoreHint> {
    let mut found: Vec<StoreHint> = CLIENTS
        .iter()
        .filter(|(client, _)| package.has_at_run(client))
        .map(|(client, kind)| StoreHint::new(*kind, package.place_of(repository, client)))
        .collect();
    // A driver for tests or for a quick start beside a server's driver is not the datastore in use.
    let server = found.iter().any(|hint| matches!(hint.kind, Kind::Postgres | Kind::MySql | Kind::MariaDb));
    if server {
        found.retain(|hint| hint.kind != Kind::Sqlite);
    }
    found
}
