//! The images that generated files build on and run, by tag. `mainstay generate --pin` adds a digest to each.

use model::facts::{DatastoreKind, Runtime};
use std::collections::BTreeMap;

/// The Debian release of all of them: one set of system libraries, long support, and every line of Node and Python that
/// is in use has an image of it.
const DEBIAN: &str = "bookworm";
/// The line of a runtime that no file names.
const NODE: &str = "22";
const PYTHON: &str = "3.12";

/// Digests (`sha256:…`) by image name with tag.
pub type Pins = BTreeMap<String, String>;

/// The line of a runtime: the one that the repository names, else ours.
pub fn line(runtime: Runtime, known: Option<&str>) -> &str {
    known.unwrap_or(match runtime {
        Runtime::Node => NODE,
        Runtime::Python => PYTHON,
        Runtime::Bun => "1",
        Runtime::Deno => "2",
    })
}

/// The image a service of a runtime is built and run on.
pub fn runtime(runtime: Runtime, known: Option<&str>) -> String {
    let line = line(runtime, known);
    match runtime {
        Runtime::Node => format!("node:{line}-{DEBIAN}-slim"),
        Runtime::Python => format!("python:{line}-slim-{DEBIAN}"),
        Runtime::Bun => format!("oven/bun:{line}-slim"),
        Runtime::Deno => format!("denoland/deno:{line}"),
    }
}

/// nginx as uid 101, on ports above 1024: serves files, and is the entry of a whole system. Alpine, because nothing is
/// built on it and its `wget` asks for the health.
pub fn nginx() -> String {
    "nginxinc/nginx-unprivileged:stable-alpine".to_owned()
}

/// The image of a datastore; `None` for one that is not run beside a project.
pub fn datastore(kind: DatastoreKind, version: Option<&str>) -> Option<String> {
    let line = |fallback: &str| version.unwrap_or(fallback).to_owned();
    match kind {
        DatastoreKind::Postgres => Some(format!("postgres:{}-{DEBIAN}", line("17"))),
        DatastoreKind::Redis => Some(format!("redis:{}-{DEBIAN}", line("7"))),
        DatastoreKind::MySql => Some(format!("mysql:{}", line("8.4"))),
        DatastoreKind::MariaDb => Some(format!("mariadb:{}", line("11.4"))),
        DatastoreKind::MongoDb => Some(format!("mongo:{}", line("7"))),
        DatastoreKind::RabbitMq => Some(format!("rabbitmq:{}", line("4"))),
        DatastoreKind::Memcached => Some(format!("memcached:{}-{DEBIAN}", line("1"))),
        DatastoreKind::S3
        | DatastoreKind::Sqlite
        | DatastoreKind::Kafka
        | DatastoreKind::Elasticsearch
        | DatastoreKind::ClickHouse => None,
    }
}

/// The image with its digest, when it has one.
pub fn pinned(image: &str, pins: &Pins) -> String {
    match pins.get(image) {
        Some(digest) => format!("{image}@{digest}"),
        None => image.to_owned(),
    }
}
