//! What Grafana finds when it starts.

use super::header;
use crate::files::blueprint::Blueprint;
use artifact::yaml::{Map, list};

/// Names by which panels refer to data.
pub(super) const METRICS: &str = "prometheus";
pub(super) const LOGS: &str = "loki";

pub(super) fn datasources(blueprint: &Blueprint<'_>) -> String {
    let source = |name: &str, kind: &str, url: &str| {
        Map::new()
            .set("name", name)
            .set("uid", kind)
            .set("type", kind)
            .set("access", "proxy")
            .set("url", url)
            .set("editable", false)
    };
    let metrics = source("Prometheus", METRICS, "http://prometheus:9090")
        .set("isDefault", true)
        .set("jsonData", Map::new().set("timeInterval", "15s"));
    let logs = source("Loki", LOGS, "http://loki:3100");
    Map::new()
        .set("apiVersion", 1)
        .set("datasources", list([metrics, logs]))
        .document(&header(blueprint, "where Grafana gets its data."))
}

pub(super) fn dashboards(blueprint: &Blueprint<'_>) -> String {
    let provider = Map::new()
        .set("name", blueprint.project())
        .set("type", "file")
        .comment(
            "The file in the repository is the dashboard; what is changed on the screen is exported there.",
        )
        .set("allowUiUpdates", false)
        .set("disableDeletion", true)
        .set("options", Map::new().set("path", "/etc/grafana/dashboards"));
    Map::new()
        .set("apiVersion", 1)
        .set("providers", list([provider]))
        .document(&header(blueprint, "where Grafana finds dashboards."))
}
