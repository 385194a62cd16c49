//! What Prometheus reads, judged by promtool; and the overlay that starts it, by docker-compose.

use super::{EXAMPLES, generated, program, said};
use mainstay_tests::world::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

/// What makes production watched, in the order in which Compose reads it.
const OVERLAYS: [&str; 3] =
    ["docker-compose.yml", "docker-compose.prod.yml", "docker-compose.monitoring.yml"];

fn written(world: &World, path: &str) -> String {
    fs::read_to_string(world.repo.join(path)).expect("it was written")
}

fn promtool(arguments: &[&str], file: &Path) -> Option<Output> {
    Some(program("promtool")?.args(arguments).arg(file).output().expect("it is installed"))
}

#[test]
fn prometheus_takes_its_configuration_and_rules() {
    for name in EXAMPLES {
        let world = generated(name, "monitoring");
        let file = world.repo.join("deploy/monitoring/prometheus.yml");
        let Some(output) = promtool(&["check", "config"], &file) else { return };
        assert!(output.status.success(), "{name}: {}", said(&output));
        assert!(said(&output).contains("rules found"), "{name}: the rules are read too: {}", said(&output));
    }
}

#[test]
fn promtool_would_find_something() {
    let world = generated("vaultcpa", "monitoring");
    let folder = world.repo.join("deploy/monitoring");
    let rules = written(&world, "deploy/monitoring/alerts.yml");
    fs::write(folder.join("alerts.yml"), rules.replace("up == 0", "up === 0")).expect("ours");
    let Some(output) = promtool(&["check", "config"], &folder.join("prometheus.yml")) else { return };
    assert!(!output.status.success() && said(&output).contains("alerts.yml"), "{}", said(&output));
}

/// The first alert of that name.
fn alert(rules: &Value, name: &str) -> Value {
    let groups = rules["groups"].as_array().expect("rules come in groups");
    let all = groups.iter().flat_map(|group| group["rules"].as_array().expect("a group has rules"));
    all.clone().find(|rule| rule["alert"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
}

/// A quarter of an hour of a metric that becomes 0 on one of two, and when an alert tells of that one.
fn outage(rule: &Value, metric: &str, labels: &Value) -> Value {
    let name = &rule["alert"];
    let word = rule["for"].as_str().expect("it waits");
    let minutes: u32 = word.strip_suffix('m').and_then(|minutes| minutes.parse().ok()).expect("minutes");
    let labels = labels.as_object().expect("labels have names");
    let series = |instance: &str, values: &str| {
        let labels = labels.iter().map(|(name, value)| format!("{name}={value},")).collect::<String>();
        json!({ "series": format!("{metric}{{{labels}instance=\"{instance}\"}}"), "values": values })
    };
    let mut told = rule["labels"].clone();
    told["instance"] = json!("down");
    let mut notes = rule["annotations"].clone();
    for (label, value) in labels {
        told[label] = value.clone();
        for note in notes.as_object_mut().expect("annotations have names").values_mut() {
            let text = note.as_str().expect("a note is text");
            let value = value.as_str().expect("a label is text");
            *note = json!(text.replace(&format!("{{{{ $labels.{label} }}}}"), value));
        }
    }
    let at = |minute: u32, alerts: Value| json!({ "eval_time": format!("{minute}m"), "alertname": name, "exp_alerts": alerts });
    json!({
        "interval": "15s",
        "input_series": [series("down", "1 0+0x60"), series("healthy", "1+0x61")],
        // It went down after a quarter of a minute.
        "alert_rule_test": [
            at(0, json!([])),
            at(minutes, json!([])),
            at(minutes + 1, json!([{ "exp_labels": told, "exp_annotations": notes }])),
        ],
    })
}

/// Writes promtool's file of tests.
fn rule_tests(world: &World, tests: &[Value]) -> PathBuf {
    let rules = world.repo.join("deploy/monitoring/alerts.yml");
    let file = json!({ "rule_files": [rules], "evaluation_interval": "15s", "tests": tests });
    let path = world.folder().join("rules.test.yml");
    // JSON is YAML.
    fs::write(&path, file.to_string()).expect("ours");
    path
}

#[test]
fn an_outage_is_told_after_its_time_and_health_never() {
    for name in EXAMPLES {
        let world = generated(name, "monitoring");
        let rules: Value =
            serde_saphyr::from_str(&written(&world, "deploy/monitoring/alerts.yml")).expect("it is YAML");
        let (target, service) = (alert(&rules, "TargetDown"), alert(&rules, "ServiceUnhealthy"));
        let health = json!({ "job": "health", "service": service["labels"]["service"] });
        let tests = [
            outage(&target, "up", &json!({ "job": "anything" })),
            outage(&service, "probe_success", &health),
        ];
        let file = rule_tests(&world, &tests);
        let Some(output) = promtool(&["test", "rules"], &file) else { return };
        assert!(output.status.success(), "{name}: {}", said(&output));
        // The same is not true of an alert that waits longer.
        let longer = alert(&rules, "MemoryShort")["for"].clone();
        let tests = [outage(&with(&target, "for", longer), "up", &json!({ "job": "anything" }))];
        let output = promtool(&["test", "rules"], &rule_tests(&world, &tests)).expect("it was there");
        assert!(
            !output.status.success() && said(&output).contains("TargetDown"),
            "{name}: {}",
            said(&output)
        );
    }
}

fn with(rule: &Value, name: &str, value: Value) -> Value {
    let mut rule = rule.clone();
    rule[name] = value;
    rule
}

/// What docker-compose makes of the overlays, with a value for everything that they require.
fn composed(world: &World) -> Option<Output> {
    let mut compose = program("docker-compose")?;
    let mut required = BTreeSet::new();
    for path in OVERLAYS {
        let text = written(world, path);
        let names = text.split("${").skip(1).filter_map(|rest| rest.split_once(":?"));
        required.extend(names.map(|(name, _)| name.to_owned()).filter(|name| !name.contains('}')));
        compose.args(["-f", path]);
    }
    compose.envs(required.iter().map(|name| (name, "x"))).arg("config").current_dir(&world.repo);
    Some(compose.output().expect("it is installed"))
}

#[test]
fn compose_takes_the_overlay_on_top_of_production() {
    for name in EXAMPLES {
        let world = generated(name, "compose,monitoring");
        let Some(output) = composed(&world) else { return };
        assert!(output.status.success(), "{name}: {}", said(&output));
        let system: Value =
            serde_saphyr::from_str(&String::from_utf8_lossy(&output.stdout)).expect("it is YAML");
        let services = system["services"].as_object().expect("services have names");
        assert!(
            services.contains_key("prometheus") && services.contains_key("entry"),
            "{name}: {services:?}"
        );
        // A part that only the overlay knows, misspelt or gone, would have no image.
        for (service, description) in services {
            let is_made = description["image"].is_string() || description["build"].is_object();
            assert!(is_made, "{name}: {service} is {description}");
        }
    }
}

#[test]
fn compose_would_find_something() {
    let world = generated("vaultcpa", "compose,monitoring");
    let path = world.repo.join(OVERLAYS[2]);
    let text = written(&world, OVERLAYS[2]);
    fs::write(&path, text.replacen("mem_limit:", "memory_limit:", 1)).expect("ours");
    let Some(output) = composed(&world) else { return };
    assert!(!output.status.success() && said(&output).contains("memory_limit"), "{}", said(&output));
}
