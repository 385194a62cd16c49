//! Compose files: the base says what there is and how it hangs together; one overlay makes it a place to develop, one
//! a production system, one more that of a single small server.
//!
//! `.env` names the files that are used (`COMPOSE_FILE`), so that `docker-compose up` alone does the right thing.

mod base;
mod dev;
mod prod;
pub mod store;
pub mod value;
mod vps;

pub(super) use base::addressed;

use super::{Blueprint, GeneratedFile};
use artifact::yaml::{Map, Node, flow};

/// The base.
pub const BASE: &str = "docker-compose.yml";
/// The entry's service.
pub const ENTRY: &str = "entry";
/// Ports of the entry in its container.
pub const ENTRY_PORT: u16 = 8080;
/// The same with TLS.
pub const ENTRY_TLS_PORT: u16 = 8443;

/// An overlay.
pub fn overlay(name: &str) -> String {
    format!("docker-compose.{name}.yml")
}

pub(super) fn files(blueprint: &Blueprint<'_>) -> Vec<GeneratedFile> {
    let mut files = vec![
        GeneratedFile::new(BASE, base::text(blueprint)),
        GeneratedFile::new(overlay("dev"), dev::text(blueprint)),
        GeneratedFile::new(overlay("prod"), prod::text(blueprint)),
        GeneratedFile::new(overlay("vps"), vps::text(blueprint)),
    ];
    files.extend(blueprint.stores.iter().filter_map(store::init));
    files
}

/// Whether people's requests come in through an entry.
pub fn has_entry(blueprint: &Blueprint<'_>) -> bool {
    !blueprint.routes().is_empty()
}

/// The one-off service that applies a service's migrations.
pub fn migration(unit: &super::blueprint::Unit<'_>) -> Option<String> {
    let migrations = unit.service.migrations.as_ref()?;
    let runs = super::dockerfile::builds(unit);
    runs.then(|| format!("migrate-{}", unit.name)).filter(|_| !migrations.command.is_empty())
}

/// Logs that do not fill the disk.
pub fn logging() -> Map {
    let options = Map::new().set("max-size", "10m").set("max-file", "3");
    Map::new().set("driver", "json-file").set("options", options)
}

/// A health check that runs a program in the container.
fn health(test: Node) -> Map {
    Map::new()
        .set("test", test)
        .set("interval", "10s")
        .set("timeout", "5s")
        .set("retries", 5)
        .set("start_period", "40s")
}

/// `["CMD", ...]`.
fn program(words: Vec<String>) -> Node {
    flow(std::iter::once("CMD".to_owned()).chain(words.into_iter().map(|word| value::literal(&word))))
}

fn header(blueprint: &Blueprint<'_>, lines: &str) -> String {
    format!(
        "{}: {lines}\nWritten by `mainstay generate`, which keeps what you change here.",
        blueprint.project()
    )
}
