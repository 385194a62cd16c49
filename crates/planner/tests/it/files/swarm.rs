//! The stack for Docker Swarm: what keeps a rollout from ending well although the new release does not.
//!
//! Swarm's traps: moby/moby#37972 and #35498 (`monitor` too short), #23962 (an update that goes on while a task is looked at).

use super::system;
use planner::files::Family;
use serde_json::Value;

const STACK: &str = "deploy/swarm/stack.yml";
const MIGRATE: &str = "deploy/swarm/migrate.yml";

fn seconds(value: &Value) -> u64 {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is no duration"));
    text.trim_end_matches('s').parse().unwrap_or_else(|_| panic!("{text} is not in seconds"))
}

fn read(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Every service of every system, with what to call it.
fn services() -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (system, facts) in system::all() {
        let text = system::file(&facts, Family::Swarm, STACK);
        let stack = read(&text);
        for (name, service) in stack["services"].as_object().expect("services") {
            for key in service["secrets"].as_array().into_iter().flatten() {
                let id = key.as_str().or(key["source"].as_str()).expect("an id");
                assert_eq!(stack["secrets"][id]["external"], true, "{system} {name}: {id}");
            }
            for network in service["networks"].as_array().into_iter().flatten() {
                let network = network.as_str().expect("a name");
                assert!(stack["networks"].get(network).is_some(), "{system} {name}: {network}");
            }
            all.push((format!("{system} {name}"), service.clone()));
        }
    }
    assert!(all.len() > 10, "{}", all.len());
    all
}

#[test]
fn an_update_is_watched_for_longer_than_a_health_check_needs_to_give_up() {
    for (what, service) in services() {
        let deploy = &service["deploy"];
        for config in ["update_config", "rollback_config"] {
            let config = &deploy[config];
            if let Some(health) = service.get("healthcheck") {
                let retries = health["retries"].as_u64().expect("a number");
                let gives_up = seconds(&health["start_period"]) + retries * seconds(&health["interval"]);
                assert!(seconds(&config["monitor"]) > gives_up, "{what}");
                assert!(seconds(&health["timeout"]) >= 3, "{what}");
            }
            assert!(seconds(&config["delay"]) >= seconds(&config["monitor"]), "{what}");
            assert_eq!(config["parallelism"], 1, "{what}");
            assert_eq!(config["max_failure_ratio"], 0, "{what}");
        }
        assert_eq!(deploy["update_config"]["failure_action"], "rollback", "{what}");
        assert_eq!(deploy["rollback_config"]["failure_action"], "pause", "{what}");
    }
}

#[test]
fn services_run_twice_by_digest_and_begin_before_the_old_ones_end() {
    for (what, service) in services() {
        let image = service["image"].as_str().expect("an image");
        if !image.contains("_IMAGE:?") {
            continue;
        }
        let (_, words) = image.split_once(":?").expect("it is asked for");
        assert!(words.contains("digest") && !words.contains('-'), "{what}: {image}");
        assert!(service["deploy"]["replicas"].as_u64() >= Some(2), "{what}");
        assert_eq!(service["deploy"]["update_config"]["order"], "start-first", "{what}");
        assert_eq!(service["init"], true, "{what}");
        assert!(seconds(&service["stop_grace_period"]) >= 10, "{what}");
        assert_eq!(service["read_only"], true, "{what}");
        assert!(service.get("ports").is_none(), "{what} publishes a port");
        if let Some(health) = service.get("healthcheck") {
            assert_eq!(health["test"][0], "CMD", "{what}: no shell in between");
        }
    }
}

#[test]
fn a_volume_keeps_a_datastore_on_its_node() {
    for (what, service) in services() {
        let volumes = service["volumes"].as_array().into_iter().flatten();
        if volumes.filter(|volume| volume.is_string()).count() > 0 {
            assert_eq!(service["deploy"]["replicas"], 1, "{what}");
            assert_eq!(service["deploy"]["update_config"]["order"], "stop-first", "{what}");
            let place = service["deploy"]["placement"]["constraints"][0].as_str().unwrap_or_default();
            assert!(place.ends_with(".data == true"), "{what}: {place}");
        }
    }
}

#[test]
fn a_service_writes_to_memory_and_to_its_volumes_only() {
    for (what, service) in services() {
        assert_eq!(service["read_only"], true, "{what}");
        assert_eq!(service["cap_drop"], serde_json::json!(["ALL"]), "{what}");
        let volumes = service["volumes"].as_array().into_iter().flatten();
        let folders: Vec<&Value> = volumes.filter(|volume| volume["type"] == "tmpfs").collect();
        assert!(folders.iter().any(|folder| folder["target"] == "/tmp"), "{what}: {folders:?}");
        assert!(service["deploy"]["resources"]["limits"]["memory"].is_string(), "{what}");
    }
}

#[test]
fn migrations_have_what_their_service_has_and_run_once() {
    let mut count = 0;
    for (system, facts) in system::all() {
        let files = system::write(&facts, Family::Swarm);
        let content = |path: &str| files.iter().find(|file| file.path == path).map(|file| &file.content);
        let text = content(STACK).expect("a stack");
        let (project, _) = text.trim_start_matches("# ").split_once(':').expect("it begins with the name");
        let stack = read(text);
        let Some(migrate) = content(MIGRATE).map(|text| read(text)) else { continue };
        for (name, service) in migrate["services"].as_object().expect("services") {
            for same in ["environment", "secrets", "networks"] {
                assert_eq!(service[same], stack["services"][name][same], "{system} {name} {same}");
            }
            assert_ne!(service["image"], stack["services"][name]["image"], "{system} {name}");
            assert_eq!(service["deploy"]["restart_policy"]["condition"], "none", "{system} {name}");
            count += 1;
        }
        for (name, network) in migrate["networks"].as_object().expect("networks") {
            assert_eq!(network["name"], format!("{project}_{name}"), "{system}");
            assert_eq!(network["external"], true, "{system}");
        }
    }
    assert!(count > 0, "no system migrates");
}

/// Docker 20.10 reads `${NAME:?words-with-a-dash}` as a default after the dash.
#[test]
fn what_is_asked_for_is_asked_for_without_a_dash() {
    for (system, facts) in system::all() {
        for file in system::write(&facts, Family::Swarm) {
            for asked in file.content.split("${").skip(1).filter_map(|rest| rest.split_once('}')) {
                let (name, words) = asked.0.split_once(":?").unwrap_or((asked.0, ""));
                assert!(!words.contains('-'), "{system} {}: {name}", file.path);
            }
        }
    }
}
