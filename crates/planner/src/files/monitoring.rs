//! What watches a system that runs with Compose: Prometheus and its exporters, Alertmanager, Loki and Grafana.
//!
//! An overlay adds it to the production files. Every part of it is asked for what is known of this system: the health of each
//! service from the outside, the series that its code declares, its datastores, the machine. Nothing shows a series that
//! nobody has.

mod alertmanager;
mod alerts;
mod dashboard;
mod exporter;
mod grafana;
mod logs;
mod overlay;
mod panel;
mod prometheus;
mod series;

use super::blueprint::{Blueprint, Unit};
use super::{GeneratedFile, compose};

/// The folder of all but the overlay.
const FOLDER: &str = "deploy/monitoring";
/// The job that asks services for their health.
const HEALTH: &str = "health";
/// The job that asks as people do, from the outside.
const PUBLIC: &str = "public";
/// The job of the machine itself.
const MACHINE: &str = "machine";

/// A secret that the overlay has and nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnSecret {
    /// Its name, and that of its file.
    pub id: &'static str,
    /// What a person writes into it, for example; absent where anything at random will do.
    pub example: Option<&'static str>,
}

/// What the overlay needs beside the secrets of the system itself.
pub const SECRETS: [OwnSecret; 2] = [
    OwnSecret { id: "grafana_password", example: None },
    OwnSecret { id: "alert_webhook", example: Some("https://WHERE/ALERTS/GO") },
];

/// The Compose file that adds it.
pub fn overlay() -> String {
    compose::overlay("monitoring")
}

pub(super) fn files(blueprint: &Blueprint<'_>) -> Vec<GeneratedFile> {
    let within = |name: &str| format!("{FOLDER}/{name}");
    vec![
        GeneratedFile::new(overlay(), overlay::text(blueprint)),
        GeneratedFile::new(within("prometheus.yml"), prometheus::text(blueprint)),
        GeneratedFile::new(within("blackbox.yml"), prometheus::probes(blueprint)),
        GeneratedFile::new(within("alerts.yml"), alerts::text(blueprint)),
        GeneratedFile::new(within("alertmanager.yml"), alertmanager::text(blueprint)),
        GeneratedFile::new(within("loki.yml"), logs::store(blueprint)),
        GeneratedFile::new(within("config.alloy"), logs::agent(blueprint)),
        GeneratedFile::new(within("grafana/datasources.yml"), grafana::datasources(blueprint)),
        GeneratedFile::new(within("grafana/dashboards.yml"), grafana::dashboards(blueprint)),
        GeneratedFile::new(within("grafana/dashboards/system.json"), dashboard::text(blueprint)),
    ]
}

/// The images, by tag.
mod image {
    pub(super) const PROMETHEUS: &str = "prom/prometheus:v3.5.0";
    pub(super) const ALERTMANAGER: &str = "prom/alertmanager:v0.28.1";
    pub(super) const GRAFANA: &str = "grafana/grafana:12.1.0";
    pub(super) const LOKI: &str = "grafana/loki:3.5.3";
    pub(super) const ALLOY: &str = "grafana/alloy:v1.10.0";
    pub(super) const BLACKBOX: &str = "prom/blackbox-exporter:v0.27.0";
    pub(super) const NODE: &str = "prom/node-exporter:v1.9.1";
    pub(super) const POSTGRES: &str = "quay.io/prometheuscommunity/postgres-exporter:v0.17.1";
    pub(super) const REDIS: &str = "oliver006/redis_exporter:v1.74.0-alpine";
    pub(super) const MYSQL: &str = "prom/mysqld-exporter:v0.17.2";
    pub(super) const MEMCACHED: &str = "prom/memcached-exporter:v0.15.3";
}

fn header(blueprint: &Blueprint<'_>, what: &str) -> String {
    format!(
        "{}: {what}\nWritten by `mainstay generate`, which keeps what you change here.",
        blueprint.project()
    )
}

/// Services that answer with metrics: with the path and the port.
fn measured<'b, 'a>(blueprint: &'b Blueprint<'a>) -> impl Iterator<Item = (&'b Unit<'a>, &'b str, u16)> {
    blueprint.units.iter().filter_map(|unit| {
        let path = unit.fact?.http.metrics.as_deref()?;
        Some((unit, path, unit.port?))
    })
}

/// Services that can be asked for their health: with the address among the containers.
fn asked<'b, 'a>(blueprint: &'b Blueprint<'a>) -> impl Iterator<Item = (&'b Unit<'a>, String)> {
    blueprint.units.iter().filter_map(|unit| {
        let (path, port) = (unit.health()?, unit.port?);
        Some((unit, format!("http://{}:{port}{path}", unit.name)))
    })
}
