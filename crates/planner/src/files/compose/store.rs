//! Datastores as Compose services.

use super::value::required;
use super::{health, value};
use crate::files::GeneratedFile;
use crate::files::blueprint::{Blueprint, Store};
use artifact::yaml::{Map, Node, flow, list};
use model::facts::DatastoreKind;

/// Where the data of a datastore lies in its container.
pub fn data(kind: DatastoreKind) -> &'static str {
    match kind {
        DatastoreKind::Postgres => "/var/lib/postgresql/data",
        DatastoreKind::MySql | DatastoreKind::MariaDb => "/var/lib/mysql",
        DatastoreKind::MongoDb => "/data/db",
        DatastoreKind::RabbitMq => "/var/lib/rabbitmq",
        DatastoreKind::ClickHouse => "/var/lib/clickhouse",
        DatastoreKind::Elasticsearch => "/usr/share/elasticsearch/data",
        DatastoreKind::Kafka => "/var/lib/kafka/data",
        DatastoreKind::Redis | DatastoreKind::Memcached | DatastoreKind::S3 | DatastoreKind::Sqlite => {
            "/data"
        }
    }
}

/// Whether it keeps anything.
pub fn keeps(kind: DatastoreKind) -> bool {
    kind != DatastoreKind::Memcached
}

/// What its entry script needs to give the data to the server's user and to become it.
pub const CAPABILITIES: [&str; 5] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];

/// Folders that its server writes beside its data: temporary files, then that of its socket when it has one apart.
pub fn scratch(kind: DatastoreKind) -> &'static [&'static str] {
    match kind {
        DatastoreKind::Postgres => &["/tmp", "/var/run/postgresql"],
        DatastoreKind::MySql => &["/tmp", "/var/run/mysqld"],
        DatastoreKind::MariaDb => &["/tmp", "/run/mysqld"],
        DatastoreKind::MongoDb
        | DatastoreKind::RabbitMq
        | DatastoreKind::Redis
        | DatastoreKind::Memcached
        | DatastoreKind::S3
        | DatastoreKind::Sqlite
        | DatastoreKind::Kafka
        | DatastoreKind::Elasticsearch
        | DatastoreKind::ClickHouse => &["/tmp"],
    }
}

/// What the image makes the account of: variables without the password, and the name of the password's variable.
pub fn account(store: &Store<'_>) -> (Map, Option<&'static str>) {
    let account = store.account.as_str();
    match store.about.kind {
        DatastoreKind::Postgres => {
            (Map::new().set("POSTGRES_USER", account).set("POSTGRES_DB", account), Some("POSTGRES_PASSWORD"))
        }
        DatastoreKind::MySql => (
            Map::new()
                .set("MYSQL_USER", account)
                .set("MYSQL_DATABASE", account)
                .set("MYSQL_RANDOM_ROOT_PASSWORD", "yes"),
            Some("MYSQL_PASSWORD"),
        ),
        DatastoreKind::MariaDb => (
            Map::new()
                .set("MARIADB_USER", account)
                .set("MARIADB_DATABASE", account)
                .set("MARIADB_RANDOM_ROOT_PASSWORD", "yes"),
            Some("MARIADB_PASSWORD"),
        ),
        DatastoreKind::MongoDb => (
            Map::new().set("MONGO_INITDB_ROOT_USERNAME", account).set("MONGO_INITDB_DATABASE", account),
            Some("MONGO_INITDB_ROOT_PASSWORD"),
        ),
        DatastoreKind::RabbitMq => {
            (Map::new().set("RABBITMQ_DEFAULT_USER", account), Some("RABBITMQ_DEFAULT_PASS"))
        }
        DatastoreKind::Redis => (Map::new(), Some("REDIS_PASSWORD")),
        DatastoreKind::Memcached
        | DatastoreKind::S3
        | DatastoreKind::Sqlite
        | DatastoreKind::Kafka
        | DatastoreKind::Elasticsearch
        | DatastoreKind::ClickHouse => (Map::new(), None),
    }
}

/// Redis has no file for its password: a shell reads it, whether it comes as a variable or as a file.
fn redis_password(store: &Store<'_>) -> String {
    format!("${{REDIS_PASSWORD:-$(cat /run/secrets/{})}}", store.password_id())
}

/// The command, where the image's own will not do.
pub fn command(store: &Store<'_>) -> Option<Vec<String>> {
    let script = match store.about.kind {
        DatastoreKind::Redis => {
            format!("exec redis-server --appendonly yes --requirepass \"{}\"", redis_password(store))
        }
        _ => return None,
    };
    Some(vec!["sh".into(), "-c".into(), script])
}

/// A shell command line that fails when the datastore does not answer.
pub fn health_line(store: &Store<'_>) -> Option<String> {
    let account = &store.account;
    Some(match store.about.kind {
        DatastoreKind::Postgres => format!("pg_isready --quiet --username={account} --dbname={account}"),
        DatastoreKind::Redis => {
            format!("REDISCLI_AUTH=\"{}\" redis-cli ping | grep -q PONG", redis_password(store))
        }
        DatastoreKind::MySql => "mysqladmin ping --silent --host=127.0.0.1".to_owned(),
        DatastoreKind::MariaDb => "healthcheck.sh --connect --innodb_initialized".to_owned(),
        DatastoreKind::MongoDb => {
            "mongosh --quiet --eval 'quit(db.runCommand({ ping: 1 }).ok ? 0 : 1)'".to_owned()
        }
        DatastoreKind::RabbitMq => "rabbitmq-diagnostics -q ping".to_owned(),
        DatastoreKind::Memcached
        | DatastoreKind::S3
        | DatastoreKind::Sqlite
        | DatastoreKind::Kafka
        | DatastoreKind::Elasticsearch
        | DatastoreKind::ClickHouse => return None,
    })
}

/// The service of the base; `None` for one that exists elsewhere.
pub(super) fn service(blueprint: &Blueprint<'_>, store: &Store<'_>) -> Option<Map> {
    let image = store.image.as_ref()?;
    let mut map = Map::new().set("image", blueprint.pinned(image));
    if let Some(words) = command(store) {
        map = map.set("command", flow(words.iter().map(|word| value::literal(word))));
    }
    let (environment, _) = account(store);
    if !environment.is_empty() {
        map = map.set("environment", environment);
    }
    let mut volumes = Vec::new();
    if keeps(store.about.kind) {
        volumes.push(format!("{}:{}", volume(store), data(store.about.kind)));
    }
    if has_init(store.about.kind) {
        volumes.push(format!("./deploy/{}/init:/docker-entrypoint-initdb.d:ro", store.name));
    }
    if !volumes.is_empty() {
        map = map.set("volumes", list(volumes));
    }
    if let Some(line) = health_line(store) {
        map = map.set("healthcheck", health(flow(["CMD-SHELL".to_owned(), value::literal(&line)])));
    }
    Some(
        map.set("networks", flow(["data"])).set("restart", "unless-stopped").set("logging", super::logging()),
    )
}

/// Whether its image runs scripts when it makes a new database.
pub fn has_init(kind: DatastoreKind) -> bool {
    matches!(
        kind,
        DatastoreKind::Postgres | DatastoreKind::MySql | DatastoreKind::MariaDb | DatastoreKind::MongoDb
    )
}

/// The first script that it runs, for what migrations may not do, such as extensions. `None` for one that runs none.
pub fn init(store: &Store<'_>) -> Option<GeneratedFile> {
    store.image.as_ref()?;
    let (name, mark) = match store.about.kind {
        DatastoreKind::MongoDb => ("10-first.js", "//"),
        kind if has_init(kind) => ("10-first.sql", "--"),
        _ => return None,
    };
    let lines = [
        format!("What {} runs once, when its volume is new: extensions, further accounts.", store.name),
        "Written by `mainstay generate`, which keeps what you change here.".to_owned(),
    ];
    let text: String = lines.iter().map(|line| format!("{mark} {line}\n")).collect();
    Some(GeneratedFile::new(format!("deploy/{}/init/{name}", store.name), text))
}

/// Its volume.
pub fn volume(store: &Store<'_>) -> String {
    format!("{}-data", store.name)
}

/// The password from a variable of whoever runs Compose.
pub(super) fn password(store: &Store<'_>) -> Option<Map> {
    let name = account(store).1?;
    store.image.as_ref()?;
    Some(Map::new().set(name, required(&store.password_variable())))
}

/// The password from a file.
pub fn password_file(store: &Store<'_>) -> Option<(Map, Node)> {
    let name = account(store).1?;
    store.image.as_ref()?;
    let environment = match store.about.kind {
        // Its command reads the file.
        DatastoreKind::Redis => Map::new(),
        _ => Map::new().set(format!("{name}_FILE"), format!("/run/secrets/{}", store.password_id())),
    };
    Some((environment, list([store.password_id()])))
}
