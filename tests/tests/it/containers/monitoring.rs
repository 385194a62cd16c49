//! The monitoring overlay on top of production: real exporters, a real Prometheus that is asked everything which alerts and
//! panels ask, and a real Alertmanager that tells.

mod receiver;

use super::entry::Entry;
use super::images;
use super::stack::{self, Stack};
use mainstay_tests::world::World;
use receiver::Receiver;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::time::{Duration, Instant};

/// Parts of the overlay that are in no package of Debian: there is no image of them here.
const ABSENT: [&str; 3] = ["grafana", "loki", "alloy"];
/// Where no init system has made the root a shared mount, as on servers, it cannot be a slave in a container.
const HERE: &str = "services:\n  node-exporter:\n    volumes: [\"/:/host:ro\"]\n";
/// Two scrapes, and time for a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);
/// A minute until the alert fires, and what lies between the parts.
const ALERT_PATIENCE: Duration = Duration::from_secs(240);

/// Everything that is asked of Prometheus, with where.
fn questions(world: &World) -> Vec<(String, String)> {
    let read =
        |path: &str| fs::read_to_string(world.repo.join("deploy/monitoring").join(path)).expect("generated");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let rules: Value = serde_saphyr::from_str(&read("alerts.yml")).expect("it is YAML");
    let rules = list(&rules["groups"]).into_iter().flat_map(|group| list(&group["rules"]));
    let mut all: Vec<(String, String)> = rules
        .map(|rule| (format!("alert {}", text(&rule["alert"])), unfiltered(&text(&rule["expr"]))))
        .collect();
    let dashboard: Value = serde_json::from_str(&read("grafana/dashboards/system.json")).expect("it is JSON");
    for panel in list(&dashboard["panels"]) {
        let targets = list(&panel["targets"]).into_iter();
        let asked = targets.filter(|target| target["datasource"]["type"] == "prometheus");
        all.extend(asked.map(|target| (format!("panel {}", text(&panel["title"])), text(&target["expr"]))));
    }
    all
}

/// An alert's expression gives nothing while all is well. With `bool` a comparison says 0 instead of leaving the series out.
fn unfiltered(expr: &str) -> String {
    ["==", ">", "<"]
        .iter()
        .fold(expr.to_owned(), |expr, sign| expr.replace(&format!(" {sign} "), &format!(" {sign} bool ")))
}

struct Prometheus {
    port: u16,
}

impl Prometheus {
    /// The series that answer.
    fn ask(&self, query: &str) -> Vec<Value> {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "15", "--get", "--data-urlencode"])
            .arg(format!("query={query}"))
            .arg(format!("http://127.0.0.1:{}/api/v1/query", self.port))
            .output()
            .expect("curl is installed");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        assert_eq!(answer["status"], "success", "{query}: {}", String::from_utf8_lossy(&output.stdout));
        answer["data"]["result"].as_array().cloned().unwrap_or_default()
    }

    /// Until every question has an answer.
    fn assert_answers(&self, questions: &[(String, String)]) {
        let until = Instant::now() + PATIENCE;
        loop {
            let silent = questions.iter().filter(|(_, query)| self.ask(query).is_empty());
            let silent: Vec<_> = silent.collect();
            if silent.is_empty() {
                println!("{} of {} questions have series", questions.len(), questions.len());
                return;
            }
            assert!(
                Instant::now() < until,
                "no series for {} of {}: {silent:#?}",
                silent.len(),
                questions.len()
            );
            std::thread::sleep(Duration::from_secs(5));
        }
    }

    /// The jobs whose targets do not answer.
    fn down(&self) -> BTreeSet<String> {
        let series = self.ask("up == 0").into_iter();
        series.map(|series| series["metric"]["job"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// Signs up, works, and asks for what does not come: the language model is not there, which is an error of the service.
fn visit(entry: &Entry) {
    let account = json!({ "email": "ada@example.com", "name": "Ada", "password": "at least ten characters" });
    let (status, session) = entry.ask("POST", "/api/auth/register", "", &account);
    assert_eq!(status, 201, "{session}");
    let token = session["accessToken"].as_str().expect("a token");
    let (status, made) = entry.ask("POST", "/api/projects", token, &json!({ "title": "Engine" }));
    assert_eq!(status, 201, "{made}");
    let project = made["project"]["id"].as_str().expect("an id");
    let (status, answer) =
        entry.ask("POST", &format!("/api/projects/{project}/suggestions"), token, &json!({}));
    assert_eq!(status, 502, "{answer}");
    for _ in 0..20 {
        assert_eq!(entry.ask("GET", "/api/projects", token, &Value::Null).0, 200);
    }
}

#[test]
fn brainstorm_is_watched() {
    let Some(world) = World::docker("brainstorm") else { return };
    super::write(&world);
    images::build_all(&world);
    let receiver = Receiver::start();
    let secrets = world.repo.join("deploy/secrets");
    fs::create_dir_all(&secrets).expect("ours");
    let address = format!("http://{}:{}/alerts", stack::gateway(&world), receiver.port());
    fs::write(secrets.join("alert_webhook"), address).expect("ours");
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let prometheus = Prometheus { port: free.expect("the machine has a free port").port() };
    let settings = format!(
        "PROMETHEUS_PORT={}\nCLAUDE_API_KEY=of-nobody\nCLAUDE_BASE_URL=http://127.0.0.1:1\n",
        prometheus.port
    );
    println!("without {ABSENT:?}: there is no image of them");
    fs::write(world.repo.join("docker-compose.here.yml"), HERE).expect("ours");
    let stack = Stack::up_watched(&world, &settings, &ABSENT);
    visit(&Entry::of(&stack));
    // People notice, and somebody is told while the questions are asked.
    stack.compose(&["stop", "frontend"]);
    prometheus.assert_answers(&questions(&world));
    assert_eq!(prometheus.down(), ["alloy", "loki"].map(str::to_owned).into(), "only what is left out");
    let alert = receiver.alert("ServiceUnhealthy", ALERT_PATIENCE);
    assert_eq!(
        (&alert["status"], &alert["labels"]["service"]),
        (&json!("firing"), &json!("frontend")),
        "{alert}"
    );
    assert_eq!(alert["labels"]["severity"], "critical", "{alert}");
    let book = alert["annotations"]["runbook_url"].as_str().expect("an alert leads to a runbook");
    let (page, heading) = book.split_once('#').expect("a heading");
    let text = fs::read_to_string(world.repo.join(page)).expect("the runbook is generated");
    let heading = heading.replace('-', " ");
    let has =
        |line: &str| line.starts_with('#') && line.trim_start_matches('#').trim().to_lowercase() == heading;
    assert!(text.lines().any(has), "{page} has no heading {heading}");
}

/// The tool that comes with a part of the overlay, on a file of it.
fn judged(world: &World, image: &str, program: &str, arguments: &[&str]) -> (bool, String) {
    let folder = format!("{}:/read:ro", world.repo.join("deploy/monitoring").display());
    let output = Command::new("docker")
        .env("DOCKER_HOST", &world.engine().host)
        .args(["run", "--rm", "--network", "none", "--volume", &folder, "--entrypoint", program, image])
        .args(arguments)
        .output()
        .expect("docker's client is installed");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

/// The image of a part, as the overlay names it.
fn image(world: &World, part: &str) -> String {
    let overlay =
        fs::read_to_string(world.repo.join("docker-compose.monitoring.yml")).expect("it is generated");
    let overlay: Value = serde_saphyr::from_str(&overlay).expect("it is YAML");
    overlay["services"][part]["image"].as_str().expect("a part has an image").to_owned()
}

#[test]
fn every_part_takes_its_configuration() {
    let Some(world) = World::docker("monitoring-files") else { return };
    mainstay_tests::example::copy("brainstorm", &world.repo);
    world.mainstay(&["generate", "--only", "monitoring", "--yes"]).exits(0);
    let alertmanager = || {
        judged(&world, &image(&world, "alertmanager"), "amtool", &["check-config", "/read/alertmanager.yml"])
    };
    let blackbox = || {
        let arguments = ["--config.check", "--config.file=/read/blackbox.yml"];
        judged(&world, &image(&world, "blackbox"), "/bin/blackbox_exporter", &arguments)
    };
    let rules = || {
        let arguments = ["check", "config", "/read/prometheus.yml"];
        judged(&world, &image(&world, "prometheus"), "promtool", &arguments)
    };
    for (good, said) in [alertmanager(), blackbox(), rules()] {
        assert!(good, "{said}");
    }
    // Each of them would find something.
    let spoil = |name: &str, what: &str, with: &str| {
        let path = world.repo.join("deploy/monitoring").join(name);
        let text = fs::read_to_string(&path).expect("it is generated");
        assert!(text.contains(what), "{name} has no {what}");
        fs::write(path, text.replacen(what, with, 1)).expect("ours");
    };
    spoil("alertmanager.yml", "receiver: team", "receiver: nobody");
    spoil("blackbox.yml", "preferred_ip_protocol", "preferred_protocol");
    spoil("prometheus.yml", "scrape_interval", "scrape_intervall");
    for (good, said) in [alertmanager(), blackbox(), rules()] {
        assert!(!good, "{said}");
    }
}
