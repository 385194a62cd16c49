//! Datastores, told by their images.

/// What keeps data for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// PostgreSQL and what is made of it.
    Postgres,
    /// MySQL and MariaDB.
    MySql,
    /// MongoDB.
    Mongo,
    /// Redis and what speaks its protocol.
    Redis,
    /// Memcached.
    Memcached,
    /// RabbitMQ.
    Rabbit,
    /// Elasticsearch and OpenSearch.
    Search,
    /// S3 at home.
    Bucket,
}

impl Store {
    /// By the last part of an image's name.
    pub(super) fn of(short: &str) -> Option<Self> {
        Some(match short {
            "postgres" | "postgis" | "timescaledb" | "timescaledb-ha" | "pgvector" | "postgresql"
            | "pgvecto-rs" => Self::Postgres,
            "mysql" | "mariadb" | "mysql-server" | "percona" => Self::MySql,
            "mongo" | "mongodb" => Self::Mongo,
            "redis" | "valkey" | "keydb" | "dragonfly" | "redis-stack" | "redis-stack-server" => Self::Redis,
            "memcached" => Self::Memcached,
            "rabbitmq" => Self::Rabbit,
            "elasticsearch" | "opensearch" => Self::Search,
            "minio" => Self::Bucket,
            _ => return None,
        })
    }

    /// The ports on which it is asked for data.
    pub fn ports(self) -> &'static [u16] {
        match self {
            Self::Postgres => &[5432],
            Self::MySql => &[3306],
            Self::Mongo => &[27017],
            Self::Redis => &[6379],
            Self::Memcached => &[11211],
            Self::Rabbit => &[5672],
            Self::Search => &[9200, 9300],
            Self::Bucket => &[],
        }
    }

    /// Where its data lies, when losing it is losing what users gave; below one of these something has to be mounted.
    pub fn data(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["/var/lib/postgresql", "/bitnami/postgresql", "/home/postgres/pgdata"],
            Self::MySql => &["/var/lib/mysql", "/bitnami/mysql", "/bitnami/mariadb"],
            Self::Mongo => &["/data/db", "/bitnami/mongodb"],
            Self::Redis | Self::Memcached | Self::Rabbit | Self::Search | Self::Bucket => &[],
        }
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::Mongo => "MongoDB",
            Self::Redis => "Redis",
            Self::Memcached => "Memcached",
            Self::Rabbit => "RabbitMQ",
            Self::Search => "the search server",
            Self::Bucket => "the object store",
        }
    }
}
