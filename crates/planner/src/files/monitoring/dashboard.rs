//! One dashboard of the whole system, from what people notice down to the machine.

use super::panel::{Panel, place};
use super::{HEALTH, MACHINE, asked, exporter, series};
use crate::files::blueprint::{Blueprint, Store, Unit};
use crate::files::compose::{ENTRY, has_entry};
use model::facts::{DatastoreKind, SeriesKind};
use serde_json::json;

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let mut groups = vec![("At a glance".to_owned(), glance(blueprint))];
    if has_entry(blueprint) {
        groups.push(("Requests, by the entry's log".to_owned(), entry()));
    }
    groups.extend(blueprint.units.iter().map(|unit| (unit.name.to_string(), service(unit))));
    let stores = exporter::all(blueprint);
    groups.extend(stores.iter().map(|exporter| (exporter.store.name.to_string(), datastore(exporter.store))));
    groups.push(("Machine".to_owned(), machine()));
    groups.push(("Logs".to_owned(), logs()));
    let project = blueprint.project();
    // Grafana refuses longer ones.
    let uid: String = project.chars().take(40).collect();
    let dashboard = json!({
        "uid": uid,
        "title": project,
        "description": format!("{project} as it runs. Written by `mainstay generate`, which keeps what you change here."),
        "tags": ["mainstay"],
        "schemaVersion": 39,
        "editable": true,
        "refresh": "30s",
        "time": { "from": "now-3h", "to": "now" },
        "timezone": "browser",
        "templating": { "list": [] },
        "annotations": { "list": [] },
        "panels": place(&groups),
    });
    // The alternate form is the pretty one; a value always prints.
    format!("{dashboard:#}\n")
}

fn glance(blueprint: &Blueprint<'_>) -> Vec<Panel> {
    let mut all = Vec::new();
    if asked(blueprint).next().is_some() {
        let of = |name: &str| format!("{name}{{job=\"{HEALTH}\"}}");
        all.push(Panel::state("Services").ask(of("probe_success"), "{{service}}"));
        all.push(
            Panel::graph("Time of a health check", "s").ask(of("probe_duration_seconds"), "{{service}}"),
        );
    }
    let stores = exporter::all(blueprint);
    let mut state = Panel::state("Datastores");
    for exporter in &stores {
        if let Some(answers) = exporter::answers(exporter.store.about.kind) {
            let name = exporter.store.name;
            state = state.ask(format!("{answers}{{job=\"{name}\"}}"), name.as_str());
        }
    }
    if !stores.is_empty() {
        all.push(state);
    }
    all
}

/// nginx writes a line a request: every system behind it has these, whatever its code measures.
fn entry() -> Vec<Panel> {
    let lines = format!(
        "{{service=\"{ENTRY}\"}} | pattern `<_> - <_> [<_>] \"<method> <path> <_>\" <status> <size> <_>` | status != \"\""
    );
    vec![
        Panel::log_graph("Requests", "reqps")
            .ask(format!("sum by (status) (rate({lines} [$__auto]))"), "{{status}}"),
        Panel::log_graph("Failed requests", "reqps")
            .ask(format!("sum by (path) (rate({lines} | status =~ `5..` [$__auto]))"), "{{path}}"),
    ]
}

fn service(unit: &Unit<'_>) -> Vec<Panel> {
    let name = unit.name;
    let job = format!("{{job=\"{name}\"}}");
    let mut all = requests(unit);
    for own in series::own(unit) {
        all.push(of_its_own(unit, &own.name, own.kind, own.labels.first().map(String::as_str)));
    }
    if series::has(unit, "process_cpu_seconds_total") {
        all.push(
            Panel::graph(format!("{name}: processor"), "percentunit")
                .ask(format!("rate(process_cpu_seconds_total{job}[5m])"), "cores"),
        );
    }
    if series::has(unit, "process_resident_memory_bytes") {
        let mut memory = Panel::graph(format!("{name}: memory"), "bytes")
            .ask(format!("process_resident_memory_bytes{job}"), "resident");
        if series::has(unit, "nodejs_heap_size_used_bytes") {
            memory = memory.ask(format!("nodejs_heap_size_used_bytes{job}"), "heap");
        }
        all.push(memory);
    }
    if series::has(unit, "nodejs_eventloop_lag_p99_seconds") {
        all.push(
            Panel::graph(format!("{name}: event loop lag"), "s")
                .ask(format!("nodejs_eventloop_lag_p99_seconds{job}"), "p99"),
        );
    }
    all
}

/// Rate, errors and duration, from the histogram that its code declares.
fn requests(unit: &Unit<'_>) -> Vec<Panel> {
    let Some(requests) = series::requests(unit) else { return Vec::new() };
    let (name, of) = (unit.name, requests.name);
    let count = format!("{of}_count{{job=\"{name}\"}}");
    let mut all = Vec::new();
    match requests.status {
        Some(status) => {
            all.push(
                Panel::graph(format!("{name}: requests"), "reqps")
                    .ask(format!("sum by ({status}) (rate({count}[5m]))"), format!("{{{{{status}}}}}")),
            );
            let failed = format!("{of}_count{{job=\"{name}\",{status}=~\"5..\"}}");
            all.push(
                Panel::graph(format!("{name}: errors"), "percentunit")
                    .ask(format!("(sum(rate({failed}[5m])) or vector(0)) / sum(rate({count}[5m]))"), "5xx"),
            );
        }
        None => all.push(
            Panel::graph(format!("{name}: requests"), "reqps")
                .ask(format!("sum(rate({count}[5m]))"), "requests"),
        ),
    }
    all.push(quantiles(format!("{name}: time of a request"), name.as_str(), of));
    all
}

fn quantiles(title: String, job: &str, of: &str) -> Panel {
    let unit = if series::per_second(of) == 1000 { "ms" } else { "s" };
    [("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99")].iter().fold(
        Panel::graph(title, unit),
        |panel, (quantile, legend)| {
            let buckets = format!("sum by (le) (rate({of}_bucket{{job=\"{job}\"}}[5m]))");
            panel.ask(format!("histogram_quantile({quantile}, {buckets})"), *legend)
        },
    )
}

/// What the code measures beside requests, by its first label.
fn of_its_own(unit: &Unit<'_>, of: &str, kind: SeriesKind, label: Option<&str>) -> Panel {
    let name = unit.name;
    let title = format!("{name}: {}", of.trim_end_matches("_total").replace('_', " "));
    let by = label.map(|label| format!(" by ({label})")).unwrap_or_default();
    let legend = label.map_or_else(|| of.to_owned(), |label| format!("{{{{{label}}}}}"));
    let job = format!("{{job=\"{name}\"}}");
    match kind {
        SeriesKind::Counter => {
            Panel::graph(title, "cps").ask(format!("sum{by} (rate({of}{job}[5m]))"), legend)
        }
        SeriesKind::Gauge => Panel::graph(title, "short").ask(format!("sum{by} ({of}{job})"), legend),
        SeriesKind::Histogram => quantiles(title, name.as_str(), of),
        SeriesKind::Summary => {
            let unit = if series::per_second(of) == 1000 { "ms" } else { "s" };
            let rate = |end: &str| format!("sum{by} (rate({of}_{end}{job}[5m]))");
            Panel::graph(title, unit).ask(format!("{} / {}", rate("sum"), rate("count")), legend)
        }
    }
}

fn datastore(store: &Store<'_>) -> Vec<Panel> {
    let (name, account) = (store.name, &store.account);
    let job = format!("{{job=\"{name}\"}}");
    let of_database = format!("{{job=\"{name}\",datname=\"{account}\"}}");
    let graph = |title: &str, unit| Panel::graph(format!("{name}: {title}"), unit);
    match store.about.kind {
        DatastoreKind::Postgres => vec![
            graph("connections", "short")
                .ask(format!("sum by (state) (pg_stat_activity_count{job} > 0)"), "{{state}}")
                .ask(format!("max(pg_settings_max_connections{job})"), "limit"),
            graph("transactions", "ops")
                .ask(format!("rate(pg_stat_database_xact_commit{of_database}[5m])"), "committed")
                .ask(format!("rate(pg_stat_database_xact_rollback{of_database}[5m])"), "rolled back"),
            graph("size", "bytes").ask(format!("pg_database_size_bytes{of_database}"), account.as_str()),
        ],
        DatastoreKind::Redis => vec![
            graph("memory", "bytes").ask(format!("redis_memory_used_bytes{job}"), "used"),
            graph("commands", "ops")
                .ask(format!("rate(redis_commands_processed_total{job}[5m])"), "commands"),
            graph("clients", "short").ask(format!("redis_connected_clients{job}"), "connected"),
        ],
        DatastoreKind::MySql | DatastoreKind::MariaDb => vec![
            graph("connections", "short")
                .ask(format!("mysql_global_status_threads_connected{job}"), "connected")
                .ask(format!("mysql_global_variables_max_connections{job}"), "limit"),
            graph("queries", "ops").ask(format!("rate(mysql_global_status_queries{job}[5m])"), "queries"),
        ],
        DatastoreKind::RabbitMq => vec![
            graph("messages", "short")
                .ask(format!("sum(rabbitmq_queue_messages_ready{job})"), "ready")
                .ask(format!("sum(rabbitmq_queue_messages_unacked{job})"), "being worked on"),
        ],
        DatastoreKind::Memcached => {
            vec![graph("memory", "bytes").ask(format!("memcached_current_bytes{job}"), "used")]
        }
        DatastoreKind::MongoDb
        | DatastoreKind::S3
        | DatastoreKind::Sqlite
        | DatastoreKind::Kafka
        | DatastoreKind::Elasticsearch
        | DatastoreKind::ClickHouse => Vec::new(),
    }
}

fn machine() -> Vec<Panel> {
    let disks = "{fstype!~\"tmpfs|ramfs|overlay|squashfs\"}";
    vec![
        Panel::graph("Processors", "percentunit").ask(
            format!("1 - avg(rate(node_cpu_seconds_total{{job=\"{MACHINE}\",mode=\"idle\"}}[5m]))"),
            "busy",
        ),
        Panel::graph("Memory", "bytes")
            .ask("node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes", "used")
            .ask("node_memory_MemTotal_bytes", "all"),
        Panel::graph("Room on disks", "percentunit").ask(
            format!("node_filesystem_avail_bytes{disks} / node_filesystem_size_bytes{disks}"),
            "{{mountpoint}}",
        ),
    ]
}

fn logs() -> Vec<Panel> {
    let errors = "{service=~\".+\"} |~ `(?i)\\b(error|exception|fatal|panic)\\b`";
    vec![
        Panel::log_graph("Lines", "cps")
            .ask("sum by (service) (rate({service=~\".+\"} [$__auto]))", "{{service}}"),
        Panel::log_graph("Lines about errors", "cps")
            .ask(format!("sum by (service) (rate({errors} [$__auto]))"), "{{service}}"),
        Panel::lines("Newest lines about errors").ask(errors, ""),
    ]
}
