//! What Grafana is given: panels ask where something answers, and what one system asks is what the others ask.

use super::{EXAMPLES, generated};
use mainstay_tests::world::World;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Variables that Grafana has by itself (https://grafana.com/docs/grafana/latest/dashboards/variables/add-template-variables/#global-variables).
const BUILT_IN: [&str; 4] = ["__auto", "__interval", "__rate_interval", "__range"];

fn read(world: &World, path: &str) -> String {
    fs::read_to_string(world.repo.join(path)).expect("it is generated")
}

fn yaml(world: &World, path: &str) -> Value {
    serde_saphyr::from_str(&read(world, path)).expect("it is YAML")
}

fn dashboard(world: &World) -> Value {
    let text = read(world, "deploy/monitoring/grafana/dashboards/system.json");
    serde_json::from_str(&text).expect("it is JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Names after `$` in an expression, and in `${…}`.
fn variables(expr: &str) -> impl Iterator<Item = &str> {
    expr.split('$').skip(1).map(|rest| {
        let rest = rest.trim_start_matches('{');
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[test]
fn every_panel_asks_a_datasource_that_is_provisioned() {
    for name in EXAMPLES {
        let world = generated(name, "monitoring");
        let sources = yaml(&world, "deploy/monitoring/grafana/datasources.yml");
        let sources: BTreeMap<&str, &str> = list(&sources["datasources"])
            .iter()
            .map(|source| (text(&source["uid"]), text(&source["type"])))
            .collect();
        let dashboard = dashboard(&world);
        let own: BTreeSet<&str> =
            list(&dashboard["templating"]["list"]).iter().map(|variable| text(&variable["name"])).collect();
        let panels = list(&dashboard["panels"]).iter().filter(|panel| panel["type"] != "row");
        let mut count = 0;
        for panel in panels {
            let title = text(&panel["title"]);
            let mut letters = BTreeSet::new();
            assert!(!list(&panel["targets"]).is_empty(), "{name}: {title} asks nothing");
            for target in list(&panel["targets"]) {
                let source = &target["datasource"];
                let known = sources.get(text(&source["uid"]));
                assert_eq!(known.copied(), source["type"].as_str(), "{name}: {title}: {source}");
                assert_eq!(source, &panel["datasource"], "{name}: {title} mixes datasources");
                assert!(letters.insert(text(&target["refId"])), "{name}: {title} has one letter twice");
                for variable in variables(text(&target["expr"])) {
                    let is_known = BUILT_IN.contains(&variable) || own.contains(variable);
                    assert!(is_known, "{name}: {title} has the variable {variable}, which nobody defines");
                }
                count += 1;
            }
        }
        assert!(count > 8, "{name}: {count}");
    }
}

#[test]
fn grafana_finds_what_is_provisioned_and_who_answers() {
    for name in EXAMPLES {
        let world = generated(name, "monitoring");
        let overlay = yaml(&world, "docker-compose.monitoring.yml");
        let volumes: Vec<(&str, &str)> = list(&overlay["services"]["grafana"]["volumes"])
            .iter()
            .filter_map(|volume| text(volume).trim_end_matches(":ro").split_once(':'))
            .collect();
        let providers = yaml(&world, "deploy/monitoring/grafana/dashboards.yml");
        let folder = text(&providers["providers"][0]["options"]["path"]);
        let (here, _) = volumes.iter().find(|(_, there)| *there == folder).expect("the folder is mounted");
        let shown = dashboard(&world);
        let file = world.repo.join(here).join("system.json");
        assert!(file.is_file(), "{name}: {here}");
        let home =
            text(&overlay["services"]["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]);
        assert_eq!(home, format!("{folder}/system.json"));
        // Longer ones are refused (https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/).
        assert!((1..=40).contains(&text(&shown["uid"]).len()), "{name}: {}", shown["uid"]);
        for path in ["datasources/datasources.yml", "dashboards/dashboards.yml"] {
            let place = format!("/etc/grafana/provisioning/{path}");
            assert!(volumes.iter().any(|(_, there)| *there == place), "{name}: {place} is not mounted");
        }
        for source in list(&yaml(&world, "deploy/monitoring/grafana/datasources.yml")["datasources"]) {
            let host =
                text(&source["url"]).trim_start_matches("http://").split(':').next().unwrap_or_default();
            assert!(overlay["services"][host].is_object(), "{name}: {host} is no part of the overlay");
        }
    }
}

/// Everything that is asked of Prometheus, without the names of the system.
fn questions(world: &World) -> BTreeSet<String> {
    let rules = yaml(world, "deploy/monitoring/alerts.yml");
    let rules = list(&rules["groups"]).iter().flat_map(|group| list(&group["rules"]));
    let dashboard = dashboard(world);
    let targets = list(&dashboard["panels"]).iter().flat_map(|panel| list(&panel["targets"]));
    let asked = targets.filter(|target| target["datasource"]["type"] == "prometheus");
    rules.chain(asked).map(|one| nameless(text(&one["expr"]))).collect()
}

/// `{job="shop"}` becomes `{job=""}`: what stands in quotes after these labels is a name.
fn nameless(expr: &str) -> String {
    let mut out = String::new();
    for part in expr.split_inclusive('"') {
        let is_name = ["job=\"", "service=\"", "datname=\""].iter().any(|label| out.ends_with(label));
        out.push_str(if is_name { "\"" } else { part });
    }
    out
}

/// A real Prometheus is asked the questions of one system (`containers::monitoring`). These are the same.
#[test]
fn one_system_asks_what_all_of_them_ask() {
    let tried = questions(&generated("brainstorm", "monitoring"));
    assert!(tried.contains("up == 0") && tried.len() > 30, "{tried:#?}");
    for name in EXAMPLES {
        let own = questions(&generated(name, "monitoring"));
        let untried: Vec<_> = own.difference(&tried).collect();
        assert!(untried.is_empty(), "nobody tries what {name} asks: {untried:#?}");
    }
}

/// No tool of Loki's or Alloy's can be installed here: what one part names, another one is.
#[test]
fn lines_of_logs_find_their_way() {
    for name in EXAMPLES {
        let world = generated(name, "monitoring");
        let loki = yaml(&world, "deploy/monitoring/loki.yml");
        let port = loki["server"]["http_listen_port"].as_u64().expect("a port");
        let agent = read(&world, "deploy/monitoring/config.alloy");
        let code: String =
            agent.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        assert_eq!(code.matches(['{', '[']).count(), code.matches(['}', ']']).count(), "{name}: {code}");
        // `loki.process "containers" {` is `loki.process.containers`.
        let component = |line: &str| {
            let (kind, rest) = line.strip_suffix("\" {")?.split_once(" \"")?;
            Some(format!("{kind}.{rest}"))
        };
        let parts: BTreeSet<String> = code.lines().filter_map(component).collect();
        assert_eq!(parts.len(), 4, "{name}: {parts:?}");
        let words = code.split(|c: char| !c.is_ascii_alphanumeric() && !"._".contains(c));
        let ends = [".receiver", ".targets"];
        let named: Vec<&str> =
            words.filter_map(|word| ends.iter().find_map(|end| word.strip_suffix(end))).collect();
        assert_eq!(named.len(), 3, "{name}: {named:?}");
        assert!(named.iter().all(|part| parts.contains(*part)), "{name}: {named:?} of {parts:?}");
        let sources = yaml(&world, "deploy/monitoring/grafana/datasources.yml");
        for address in [agent.as_str(), &sources.to_string()] {
            assert!(address.contains(&format!("http://loki:{port}")), "{name}: nobody asks port {port}");
        }
        let overlay = yaml(&world, "docker-compose.monitoring.yml");
        let mounted = |part: &str, file: &str| {
            list(&overlay["services"][part]["volumes"]).iter().any(|volume| text(volume).contains(file))
        };
        assert!(mounted("loki", "loki.yml") && mounted("alloy", "config.alloy"), "{name}");
    }
}
