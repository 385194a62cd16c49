//! Who is told, how often, and what is left out because its cause is known.

use super::header;
use crate::files::blueprint::Blueprint;
use artifact::yaml::{Map, flow, list};

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let critical = Map::new()
        .set("matchers", list(["severity=\"critical\""]))
        .set("receiver", "team")
        .set("group_wait", "10s")
        .set("repeat_interval", "1h");
    let route = Map::new()
        .set("receiver", "team")
        .set("group_by", flow(["alertname", "service", "datastore"]))
        .set("group_wait", "30s")
        .set("group_interval", "5m")
        .set("repeat_interval", "12h")
        .set("routes", list([critical]));
    let webhook = Map::new()
        .set("url_file", "/run/secrets/alert_webhook")
        .set("send_resolved", true)
        .set("max_alerts", 50);
    let receiver = Map::new()
        .set("name", "team")
        .comment("A JSON document for each group: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config")
        .set("webhook_configs", list([webhook]));
    let inhibit = |source: &str, target: &str| {
        Map::new().set("source_matchers", list([source])).set("target_matchers", list([target]))
    };
    let rules = [
        inhibit(
            "alertname=\"DatastoreDown\"",
            "alertname=~\"ServiceUnhealthy|ErrorRate|SlowRequests|TargetDown\"",
        ),
        inhibit("severity=\"critical\"", "severity=\"warning\"")
            .set("equal", flow(["service", "datastore", "instance"])),
    ];
    Map::new()
        .set("route", route)
        .gap()
        .set("receivers", list([receiver]))
        .gap()
        .comment(
            "A database that is down explains what depends on it; what is critical explains its own warning.",
        )
        .set("inhibit_rules", list(rules))
        .document(&header(blueprint, "who is told, and how often."))
}
