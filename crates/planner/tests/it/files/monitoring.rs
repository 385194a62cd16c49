//! What watches a system agrees with the system: who is asked, what is shown, and where an alert leads.

use super::system;
use model::facts::{Facts, SeriesFact, SeriesKind};
use planner::files::Family;
use serde_json::Value;
use std::collections::BTreeSet;

const FOLDER: &str = "deploy/monitoring";

fn text(facts: &Facts, name: &str) -> String {
    system::file(facts, Family::Monitoring, &format!("{FOLDER}/{name}"))
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn read(facts: &Facts, name: &str) -> Value {
    yaml(&text(facts, name))
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The shop, whose API measures its requests.
fn measured() -> Facts {
    let mut facts = system::shop();
    let series = |name: &str, kind, labels: &[&str]| SeriesFact {
        name: name.into(),
        kind,
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    facts.services[0].http.metrics = Some("/internal/metrics".into());
    facts.services[0].http.series = vec![
        series("http_request_duration_ms", SeriesKind::Histogram, &["method", "status_code"]),
        series("orders_total", SeriesKind::Counter, &["kind"]),
        series("process_resident_memory_bytes", SeriesKind::Gauge, &[]),
    ];
    facts
}

fn every() -> Vec<(&'static str, Facts)> {
    let mut all = system::all();
    all.push(("measured", measured()));
    all
}

/// Every expression of a dashboard with its panel's title and its data source.
fn expressions(dashboard: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    items(&dashboard["panels"])
        .iter()
        .flat_map(|panel| {
            items(&panel["targets"]).iter().map(move |target| {
                (text(&panel["title"]), text(&target["datasource"]["uid"]), text(&target["expr"]))
            })
        })
        .collect()
}

#[test]
fn every_alert_leads_to_a_heading_that_is_there() {
    for (system, facts) in every() {
        let books = system::write(&facts, Family::Runbooks);
        let alerts = read(&facts, "alerts.yml");
        for rule in items(&alerts["groups"]).iter().flat_map(|group| items(&group["rules"])) {
            let url = rule["annotations"]["runbook_url"].as_str().expect("an address");
            let (path, heading) = url.split_once('#').unwrap_or((url, ""));
            let path = &path[path.find("docs/runbooks").expect("of a runbook")..];
            let book = books.iter().find(|book| book.path == path);
            let book = book.unwrap_or_else(|| panic!("{system}: {url}"));
            let slug = |line: &str| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
            let there = book.content.lines().filter(|line| line.starts_with('#')).any(|l| slug(l) == heading);
            assert!(heading.is_empty() || there, "{system}: {url}");
            assert!(
                ["critical", "warning"].contains(&rule["labels"]["severity"].as_str().unwrap_or_default())
            );
        }
    }
}

#[test]
fn whoever_is_asked_is_a_container_and_no_two_jobs_have_one_name() {
    for (system, facts) in every() {
        let overlay = yaml(&system::file(&facts, Family::Monitoring, "docker-compose.monitoring.yml"));
        let base = yaml(&system::file(&facts, Family::Compose, "docker-compose.yml"));
        let known = |name: &str| [&overlay, &base].iter().any(|file| file["services"].get(name).is_some());
        let config = read(&facts, "prometheus.yml");
        let mut jobs = BTreeSet::new();
        for job in items(&config["scrape_configs"]) {
            assert!(jobs.insert(job["job_name"].as_str().expect("a name")), "{system}: {job}");
            for target in items(&job["static_configs"]).iter().flat_map(|group| items(&group["targets"])) {
                let target = target.as_str().expect("an address").trim_start_matches("http://");
                let host = target.split(':').next().unwrap_or_default();
                assert!(known(host), "{system}: {target}");
            }
        }
        for (name, service) in overlay["services"].as_object().expect("services") {
            if service["image"].is_string() {
                assert_eq!(service["read_only"], true, "{system} {name}");
                assert_eq!(service["cap_drop"], serde_json::json!(["ALL"]), "{system} {name}");
                for port in items(&service["ports"]) {
                    assert!(
                        port.as_str().is_some_and(|port| port.starts_with("127.0.0.1:")),
                        "{name}: {port}"
                    );
                    assert!(["grafana", "prometheus"].contains(&name.as_str()), "{system} {name}");
                }
            } else {
                assert!(known(name), "{system}: lines of {name} are collected");
            }
        }
        assert!(!text(&facts, "config.alloy").contains("docker.sock"));
        assert!(overlay.to_string().find("docker.sock").is_none());
    }
}

#[test]
fn panels_show_series_that_the_code_declares_and_no_others() {
    let facts = measured();
    let dashboard: Value =
        serde_json::from_str(&text(&facts, "grafana/dashboards/system.json")).expect("JSON");
    let all = expressions(&dashboard);
    for wanted in [
        "sum by (status_code) (rate(http_request_duration_ms_count{job=\"backend\"}[5m]))",
        "sum by (kind) (rate(orders_total{job=\"backend\"}[5m]))",
        "process_resident_memory_bytes{job=\"backend\"}",
        "pg_database_size_bytes{job=\"postgres\",datname=\"vault_cpa\"}",
    ] {
        assert!(all.iter().any(|(.., expr)| expr == wanted), "{wanted}\n{all:#?}");
    }
    assert!(!all.iter().any(|(.., expr)| expr.contains("nodejs_") || expr.contains("redis_")), "{all:#?}");
    let plain: Value =
        serde_json::from_str(&text(&system::shop(), "grafana/dashboards/system.json")).expect("JSON");
    assert!(!expressions(&plain).iter().any(|(.., expr)| expr.contains("job=\"backend\"")));
    let alerts = text(&facts, "alerts.yml");
    assert!(alerts.contains("> 2000"), "two seconds, in the unit that the code measures in");
    assert!(!text(&system::shop(), "alerts.yml").contains("ErrorRate"), "of requests that nobody measures");
}

#[test]
fn panels_have_places_and_ids_of_their_own() {
    for (system, facts) in every() {
        let text = text(&facts, "grafana/dashboards/system.json");
        let dashboard: Value = serde_json::from_str(&text).expect("JSON");
        let (mut ids, mut places) = (BTreeSet::new(), BTreeSet::new());
        for panel in items(&dashboard["panels"]) {
            let place = &panel["gridPos"];
            assert!(ids.insert(panel["id"].as_u64()), "{system}: {}", panel["title"]);
            assert!(
                places.insert((place["y"].as_u64(), place["x"].as_u64())),
                "{system}: {}",
                panel["title"]
            );
            assert!(
                place["x"].as_u64().zip(place["w"].as_u64()).is_some_and(|(x, w)| x + w <= 24),
                "{system}"
            );
        }
        assert!(ids.len() > 5, "{system}");
    }
}

#[test]
fn a_password_is_a_file_and_never_the_usual_one() {
    for (system, facts) in every() {
        let overlay = system::file(&facts, Family::Monitoring, "docker-compose.monitoring.yml");
        assert!(
            overlay.contains("GF_SECURITY_ADMIN_PASSWORD__FILE: /run/secrets/grafana_password"),
            "{system}"
        );
        assert!(!overlay.to_lowercase().contains(": admin"), "{system}");
    }
}
