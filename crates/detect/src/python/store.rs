//! Datastores that a Python service uses: by its dependencies, the URLs it falls back to and what its settings name.

use super::deployable::Context;
use super::index::Marks;
use super::project::Project;
use crate::datastore::{StoreHint, of_url};
use crate::env::EnvRead;
use model::Place;
use model::facts::DatastoreKind;

/// Clients that are of use for one datastore only.
const CLIENTS: &[(&str, DatastoreKind)] = &[
    ("psycopg", DatastoreKind::Postgres),
    ("psycopg2", DatastoreKind::Postgres),
    ("psycopg2-binary", DatastoreKind::Postgres),
    ("psycopg-binary", DatastoreKind::Postgres),
    ("asyncpg", DatastoreKind::Postgres),
    ("aiopg", DatastoreKind::Postgres),
    ("pg8000", DatastoreKind::Postgres),
    ("pgvector", DatastoreKind::Postgres),
    ("mysqlclient", DatastoreKind::MySql),
    ("pymysql", DatastoreKind::MySql),
    ("aiomysql", DatastoreKind::MySql),
    ("asyncmy", DatastoreKind::MySql),
    ("mysql-connector-python", DatastoreKind::MySql),
    ("pymongo", DatastoreKind::MongoDb),
    ("motor", DatastoreKind::MongoDb),
    ("beanie", DatastoreKind::MongoDb),
    ("mongoengine", DatastoreKind::MongoDb),
    ("odmantic", DatastoreKind::MongoDb),
    ("redis", DatastoreKind::Redis),
    ("aioredis", DatastoreKind::Redis),
    ("django-redis", DatastoreKind::Redis),
    ("channels-redis", DatastoreKind::Redis),
    ("arq", DatastoreKind::Redis),
    ("rq", DatastoreKind::Redis),
    ("flask-redis", DatastoreKind::Redis),
    ("celery-redbeat", DatastoreKind::Redis),
    ("valkey", DatastoreKind::Redis),
    ("pika", DatastoreKind::RabbitMq),
    ("aio-pika", DatastoreKind::RabbitMq),
    ("faststream", DatastoreKind::RabbitMq),
    ("aiokafka", DatastoreKind::Kafka),
    ("kafka-python", DatastoreKind::Kafka),
    ("confluent-kafka", DatastoreKind::Kafka),
    ("elasticsearch", DatastoreKind::Elasticsearch),
    ("elasticsearch-dsl", DatastoreKind::Elasticsearch),
    ("opensearch-py", DatastoreKind::Elasticsearch),
    ("pymemcache", DatastoreKind::Memcached),
    ("pylibmc", DatastoreKind::Memcached),
    ("clickhouse-connect", DatastoreKind::ClickHouse),
    ("clickhouse-driver", DatastoreKind::ClickHouse),
    ("aiosqlite", DatastoreKind::Sqlite),
];

/// Distributions with an extra that names a datastore.
const EXTRAS: &[(&str, &str, DatastoreKind)] = &[
    ("celery", "redis", DatastoreKind::Redis),
    ("dramatiq", "redis", DatastoreKind::Redis),
    ("dramatiq", "rabbitmq", DatastoreKind::RabbitMq),
    ("tortoise-orm", "asyncpg", DatastoreKind::Postgres),
    ("sqlalchemy", "postgresql", DatastoreKind::Postgres),
    ("databases", "postgresql", DatastoreKind::Postgres),
    ("databases", "asyncpg", DatastoreKind::Postgres),
    ("faststream", "kafka", DatastoreKind::Kafka),
    ("django-storages", "s3", DatastoreKind::S3),
    ("django-storages", "boto3", DatastoreKind::S3),
];

/// Everything that says which datastores a service uses.
pub(crate) fn hints(
    context: &Context<'_>,
    folder: &str,
    project: &Project,
    files: &[&str],
    env: &[EnvRead],
) -> Vec<StoreHint> {
    let mut found = Vec::new();
    for (name, dependency) in project.dependencies.iter() {
        if let Some((_, kind)) = CLIENTS.iter().find(|(client, _)| *client == name) {
            found.push(StoreHint::new(*kind, dependency.place.clone()));
        }
        for (_, _, kind) in EXTRAS.iter().filter(|(client, extra, _)| {
            *client == name && dependency.extras.iter().any(|found| found == extra)
        }) {
            found.push(StoreHint::new(*kind, dependency.place.clone()));
        }
    }
    for read in env {
        let kind = read.default.as_deref().filter(|default| default.contains("://")).and_then(of_url);
        let named = || kind_of_name(&read.name);
        if let Some(kind) = kind.or_else(named) {
            found.push(StoreHint::new(kind, read.place.clone()));
        }
    }
    found.extend(bucket(context, files));
    found.extend(engines(context, folder));
    // A database of one's own beside Postgres is for tests and laptops.
    if found.iter().any(|hint| {
        matches!(hint.kind, DatastoreKind::Postgres | DatastoreKind::MySql | DatastoreKind::MariaDb)
    }) {
        found.retain(|hint| hint.kind != DatastoreKind::Sqlite);
    }
    found
}

/// What the name of a variable says, where nobody would use it for anything else.
fn kind_of_name(name: &str) -> Option<DatastoreKind> {
    let first = name.split('_').next()?;
    Some(match first {
        "POSTGRES" | "POSTGRESQL" => DatastoreKind::Postgres,
        "MYSQL" => DatastoreKind::MySql,
        "MONGO" | "MONGODB" => DatastoreKind::MongoDb,
        "REDIS" if name != "REDIS" => DatastoreKind::Redis,
        "RABBITMQ" => DatastoreKind::RabbitMq,
        "KAFKA" => DatastoreKind::Kafka,
        "MINIO" | "S3" => DatastoreKind::S3,
        _ => return None,
    })
}

/// A client of a bucket that is really used.
fn bucket(context: &Context<'_>, files: &[&str]) -> Option<StoreHint> {
    let users = files.iter().filter(|file| context.index.marks(file).any(Marks::BUCKET));
    users.into_iter().find_map(|file| {
        let text = context.index.repository.text(file)?;
        let signs = [
            "client(\"s3\"",
            "client('s3'",
            "resource(\"s3\"",
            "resource('s3'",
            "upload_fileobj",
            "put_object",
            "S3Boto3Storage",
            "S3Storage",
            "Minio(",
            "service_name=\"s3\"",
            "service_name='s3'",
            "s3fs",
        ];
        let at = signs.iter().find_map(|sign| memchr::memmem::find(text.as_bytes(), sign.as_bytes()))?;
        Some(StoreHint::new(DatastoreKind::S3, Place::new(*file, Place::line_of(text.as_bytes(), at))))
    })
}

/// The engines that Django's settings name.
fn engines(context: &Context<'_>, folder: &str) -> Vec<StoreHint> {
    const ENGINES: &[(&str, DatastoreKind)] = &[
        ("django.db.backends.postgresql", DatastoreKind::Postgres),
        ("django.contrib.gis.db.backends.postgis", DatastoreKind::Postgres),
        ("django.db.backends.mysql", DatastoreKind::MySql),
        ("django.db.backends.sqlite3", DatastoreKind::Sqlite),
        ("django_redis.cache.RedisCache", DatastoreKind::Redis),
        ("django.core.cache.backends.redis.RedisCache", DatastoreKind::Redis),
        ("PyMemcacheCache", DatastoreKind::Memcached),
    ];
    let mut found = Vec::new();
    for site in super::django::sites(context).iter().filter(|site| site.folder == folder) {
        for file in super::django::settings_files(context, site) {
            let text = context.index.repository.text(&file).unwrap_or_default();
            for (engine, kind) in ENGINES {
                if let Some(at) = memchr::memmem::find(text.as_bytes(), engine.as_bytes()) {
                    found.push(StoreHint::new(*kind, Place::new(&file, Place::line_of(text.as_bytes(), at))));
                }
            }
        }
    }
    found
}
