//! The Compose overlay. Only Grafana and Prometheus are published, on loopback: a tunnel leads there.

use super::{FOLDER, SECRETS, exporter, header, image};
use crate::files::blueprint::Blueprint;
use crate::files::compose::{self, BASE, ENTRY, has_entry, overlay};
use artifact::yaml::{Map, Node, flow, list};
use model::facts::DatastoreKind;

/// Where the files of secrets lie.
const SECRETS_FOLDER: &str = "./deploy/secrets";
/// How long samples are kept, and how much room they may take.
const RETENTION: [&str; 2] = ["--storage.tsdb.retention.time=15d", "--storage.tsdb.retention.size=4GB"];

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let mut services = Map::new();
    for name in watched(blueprint) {
        services = services.set(name, Map::new().set("logging", labelled()));
    }
    let mut add = |name: &str, map: Map| {
        services = std::mem::take(&mut services).gap().set(name, map);
    };
    add("prometheus", prometheus(blueprint));
    add("alertmanager", alertmanager(blueprint));
    add("blackbox", blackbox(blueprint));
    add("node-exporter", node(blueprint));
    let exporters = exporter::all(blueprint);
    for exporter in &exporters {
        let Some(map) = exporter.container(blueprint) else { continue };
        let map = match exporter.store.has_password() {
            true => map.set("secrets", list([exporter.store.password_id()])),
            false => map,
        };
        add(&exporter.host, small(map, &["data", "monitoring"], "64m"));
    }
    add("loki", loki(blueprint));
    add("alloy", alloy(blueprint));
    add("grafana", grafana(blueprint));
    let volumes = ["prometheus-data", "alertmanager-data", "loki-data", "alloy-data", "grafana-data"];
    let volumes = volumes.iter().fold(Map::new(), |map, name| map.set(*name, Node::Empty));
    let mut ids: Vec<String> = exporters
        .iter()
        .filter(|exporter| exporter.store.has_password() && exporter.container(blueprint).is_some())
        .map(|exporter| exporter.store.password_id())
        .collect();
    ids.extend(SECRETS.map(|secret| secret.id.to_owned()));
    let secrets = ids.into_iter().fold(Map::new(), |map, id| {
        let file = format!("{SECRETS_FOLDER}/{id}");
        map.set(id, Map::new().set("file", file))
    });
    let of_its_own = format!("{}-monitoring", blueprint.project());
    Map::new()
        .set("services", services)
        .gap()
        .set("volumes", volumes)
        .gap()
        .set("networks", Map::new().set("monitoring", compose::addressed(&of_its_own, 0)))
        .gap()
        .comment("`mainstay env secrets deploy/secrets` writes all of them but one: where alerts go, you know.")
        .comment("  echo https://WHERE/ALERTS/GO > deploy/secrets/alert_webhook; chmod 0444 deploy/secrets/alert_webhook")
        .set("secrets", secrets)
        .document(&header(
            blueprint,
            &format!(
                "what watches it. COMPOSE_FILE={BASE}:{}:{} in .env adds it to production.\n\
                 From your machine: ssh -L 3000:127.0.0.1:3000 -L 9090:127.0.0.1:9090 SERVER, then http://localhost:3000.",
                overlay("prod"),
                overlay("monitoring")
            ),
        ))
}

/// The containers whose lines are collected.
fn watched(blueprint: &Blueprint<'_>) -> Vec<String> {
    let stores = blueprint.stores.iter().filter(|store| store.image.is_some());
    let mut names: Vec<String> = stores.map(|store| store.name.to_string()).collect();
    for unit in &blueprint.units {
        names.extend(compose::migration(unit));
        names.push(unit.name.to_string());
    }
    if has_entry(blueprint) {
        names.push(ENTRY.to_owned());
    }
    names
}

/// Docker writes the labels into each line of the log file, so that the agent needs no access to Docker itself.
fn labelled() -> Map {
    let options = Map::new().set("labels", "com.docker.compose.project,com.docker.compose.service");
    Map::new().set("driver", "json-file").set("options", options)
}

/// What all of them share.
fn small(map: Map, networks: &[&str], memory: &str) -> Map {
    map.set("networks", flow(networks.iter().copied()))
        .set("read_only", true)
        .set("tmpfs", list(["/tmp"]))
        .set("cap_drop", flow(["ALL"]))
        .set("security_opt", flow(["no-new-privileges:true"]))
        .set("pids_limit", 128)
        .set("mem_limit", memory)
        .set("cpus", "0.5")
        .set("restart", "unless-stopped")
        .set("logging", compose::logging())
}

fn mounted(name: &str, path: &str) -> String {
    format!("./{FOLDER}/{name}:{path}:ro")
}

fn image(blueprint: &Blueprint<'_>, name: &str) -> Map {
    Map::new().set("image", blueprint.pinned(name))
}

/// A health check by the `wget` of busybox.
fn health(map: Map, port: u16, path: &str) -> Map {
    let url = format!("http://127.0.0.1:{port}{path}");
    let test = Map::new()
        .set("test", flow(["CMD", "wget", "-q", "-T", "4", "-O", "/dev/null", &url]))
        .set("interval", "30s")
        .set("timeout", "5s")
        .set("retries", 3);
    map.set("healthcheck", test)
}

fn prometheus(blueprint: &Blueprint<'_>) -> Map {
    let command = ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"];
    let volumes = [
        mounted("prometheus.yml", "/etc/prometheus/prometheus.yml"),
        mounted("alerts.yml", "/etc/prometheus/alerts.yml"),
        "prometheus-data:/prometheus".to_owned(),
    ];
    let map = image(blueprint, image::PROMETHEUS)
        .set("command", list(command.into_iter().chain(RETENTION)))
        .set("volumes", list(volumes))
        .set("ports", list(["127.0.0.1:${PROMETHEUS_PORT:-9090}:9090"]));
    let tells = blueprint
        .stores
        .iter()
        .any(|store| store.image.is_some() && store.about.kind == DatastoreKind::RabbitMq);
    let networks: &[&str] = if tells { &["edge", "data", "monitoring"] } else { &["edge", "monitoring"] };
    small(health(map, 9090, "/-/healthy"), networks, "1024m")
}

fn alertmanager(blueprint: &Blueprint<'_>) -> Map {
    let command = ["--config.file=/etc/alertmanager/alertmanager.yml", "--storage.path=/alertmanager"];
    let volumes = [
        mounted("alertmanager.yml", "/etc/alertmanager/alertmanager.yml"),
        "alertmanager-data:/alertmanager".to_owned(),
    ];
    let map = image(blueprint, image::ALERTMANAGER)
        .set("command", list(command))
        .set("volumes", list(volumes))
        .set("secrets", list(["alert_webhook"]));
    small(health(map, 9093, "/-/healthy"), &["monitoring"], "128m")
}

fn blackbox(blueprint: &Blueprint<'_>) -> Map {
    let map = image(blueprint, image::BLACKBOX)
        .set("command", list(["--config.file=/etc/blackbox/blackbox.yml"]))
        .set("volumes", list([mounted("blackbox.yml", "/etc/blackbox/blackbox.yml")]));
    small(map, &["edge", "monitoring"], "64m")
}

fn node(blueprint: &Blueprint<'_>) -> Map {
    let map = image(blueprint, image::NODE)
        .set("command", list(["--path.rootfs=/host"]))
        .comment("It tells of the machine, not of its container.")
        .set("pid", "host")
        .set("volumes", list(["/:/host:ro,rslave"]));
    small(map, &["monitoring"], "64m")
}

fn loki(blueprint: &Blueprint<'_>) -> Map {
    let map = image(blueprint, image::LOKI)
        .set("command", list(["-config.file=/etc/loki/loki.yml"]))
        .set("volumes", list([mounted("loki.yml", "/etc/loki/loki.yml"), "loki-data:/loki".to_owned()]));
    small(map, &["monitoring"], "512m")
}

fn alloy(blueprint: &Blueprint<'_>) -> Map {
    let command = [
        "run",
        "--disable-reporting",
        "--server.http.listen-addr=0.0.0.0:12345",
        "--storage.path=/var/lib/alloy/data",
        "/etc/alloy/config.alloy",
    ];
    let volumes = [
        mounted("config.alloy", "/etc/alloy/config.alloy"),
        "/var/lib/docker/containers:/var/lib/docker/containers:ro".to_owned(),
        "alloy-data:/var/lib/alloy/data".to_owned(),
    ];
    let map = image(blueprint, image::ALLOY)
        .set("command", list(command))
        .comment("Docker's log files belong to root. It reads them and nothing else: the socket would make it master of the machine.")
        .set("user", "0:0")
        .set("volumes", list(volumes));
    small(map, &["monitoring"], "256m")
}

fn grafana(blueprint: &Blueprint<'_>) -> Map {
    let environment = Map::new()
        .set("GF_SECURITY_ADMIN_USER", "${GRAFANA_USER:-operator}")
        .set("GF_SECURITY_ADMIN_PASSWORD__FILE", "/run/secrets/grafana_password")
        .set("GF_USERS_ALLOW_SIGN_UP", "false")
        .set("GF_AUTH_ANONYMOUS_ENABLED", "false")
        .set("GF_ANALYTICS_REPORTING_ENABLED", "false")
        .set("GF_ANALYTICS_CHECK_FOR_UPDATES", "false")
        .set("GF_SECURITY_DISABLE_GRAVATAR", "true")
        .set("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH", "/etc/grafana/dashboards/system.json");
    let volumes = [
        mounted("grafana/datasources.yml", "/etc/grafana/provisioning/datasources/datasources.yml"),
        mounted("grafana/dashboards.yml", "/etc/grafana/provisioning/dashboards/dashboards.yml"),
        mounted("grafana/dashboards", "/etc/grafana/dashboards"),
        "grafana-data:/var/lib/grafana".to_owned(),
    ];
    let map = image(blueprint, image::GRAFANA)
        .set("environment", environment)
        .set("volumes", list(volumes))
        .set("secrets", list(["grafana_password"]))
        .set("ports", list(["127.0.0.1:${GRAFANA_PORT:-3000}:3000"]));
    small(health(map, 3000, "/api/health"), &["monitoring"], "512m")
}
