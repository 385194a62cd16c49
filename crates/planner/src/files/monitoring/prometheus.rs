//! What Prometheus asks, and how health is asked for.

use super::{HEALTH, MACHINE, PUBLIC, asked, exporter, header, measured};
use crate::files::blueprint::Blueprint;
use artifact::yaml::{Map, flow, list};

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let labels = Map::new().set("project", blueprint.project());
    let global = Map::new()
        .set("scrape_interval", "15s")
        .set("scrape_timeout", "10s")
        .set("evaluation_interval", "15s")
        .set("external_labels", labels);
    let managers = list([Map::new().set("static_configs", list([targets(["alertmanager:9093"])]))]);
    Map::new()
        .set("global", global)
        .gap()
        .set("rule_files", list(["alerts.yml"]))
        .gap()
        .set("alerting", Map::new().set("alertmanagers", managers))
        .gap()
        .set("scrape_configs", list(jobs(blueprint)))
        .document(&header(blueprint, "what Prometheus asks, and how often."))
}

fn jobs(blueprint: &Blueprint<'_>) -> Vec<Map> {
    let mut all = Vec::new();
    for (unit, path, port) in measured(blueprint) {
        let target = targets([format!("{}:{port}", unit.name)]);
        all.push(job(unit.name.as_str(), Some(path), labelled(target, "service", unit.name.as_str())));
    }
    let health: Vec<Map> =
        asked(blueprint).map(|(unit, url)| labelled(targets([url]), "service", unit.name.as_str())).collect();
    if !health.is_empty() {
        all.push(probed(HEALTH, "health", health));
    }
    if let Some(url) = blueprint.public_url() {
        all.push(probed(PUBLIC, "page", vec![targets([url])]));
    }
    for exporter in exporter::all(blueprint) {
        let target = targets([format!("{}:{}", exporter.host, exporter.port)]);
        let name = exporter.store.name.as_str();
        all.push(job(name, None, labelled(target, "datastore", name)));
    }
    all.push(job(MACHINE, None, targets(["node-exporter:9100"])));
    for (name, port) in [("prometheus", 9090), ("alertmanager", 9093), ("loki", 3100), ("alloy", 12345)] {
        all.push(job(name, None, targets([format!("{name}:{port}")])));
    }
    all
}

fn targets<T: Into<artifact::yaml::Node>>(all: impl IntoIterator<Item = T>) -> Map {
    Map::new().set("targets", flow(all))
}

fn labelled(map: Map, label: &str, value: &str) -> Map {
    map.set("labels", Map::new().set(label, value))
}

fn job(name: &str, path: Option<&str>, target: Map) -> Map {
    Map::new()
        .set("job_name", name)
        .set_some("metrics_path", path.filter(|path| *path != "/metrics"))
        .set("static_configs", list([target]))
}

/// Asked by the blackbox exporter: the address goes along as a parameter.
fn probed(name: &str, module: &str, all: Vec<Map>) -> Map {
    let relabel = [
        Map::new().set("source_labels", flow(["__address__"])).set("target_label", "__param_target"),
        Map::new().set("source_labels", flow(["__param_target"])).set("target_label", "instance"),
        Map::new().set("target_label", "__address__").set("replacement", "blackbox:9115"),
    ];
    Map::new()
        .set("job_name", name)
        .set("metrics_path", "/probe")
        .set("params", Map::new().set("module", flow([module])))
        .set("static_configs", list(all))
        .set("relabel_configs", list(relabel))
}

/// The modules of the blackbox exporter.
pub(super) fn probes(blueprint: &Blueprint<'_>) -> String {
    let http = Map::new()
        .set("preferred_ip_protocol", "ip4")
        .comment("A redirect is no answer of a health endpoint.")
        .set("follow_redirects", false);
    let page = Map::new().set("preferred_ip_protocol", "ip4").set("fail_if_not_ssl", true);
    let module = |http: Map| Map::new().set("prober", "http").set("timeout", "5s").set("http", http);
    let modules = Map::new().set("health", module(http)).set("page", module(page));
    Map::new()
        .set("modules", modules)
        .document(&header(blueprint, "how the blackbox exporter asks for health."))
}
