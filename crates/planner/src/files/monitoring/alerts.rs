//! When somebody is called, and where the words for it are.
//!
//! `critical` means that people notice now; `warning` that they will. Each rule leads to a heading of a runbook.

use super::{HEALTH, MACHINE, PUBLIC, asked, exporter, header, series};
use crate::files::blueprint::{Blueprint, Store};
use crate::files::runbooks;
use artifact::yaml::{Map, list};
use model::facts::DatastoreKind;

/// What the production overlay lets a datastore have.
const STORE_MEMORY: u64 = 1 << 30;

/// One rule.
struct Rule {
    name: &'static str,
    severity: &'static str,
    /// A further label: of whom it tells.
    about: Option<(&'static str, String)>,
    expr: String,
    lasts: &'static str,
    summary: String,
    /// The runbook and its heading.
    book: (&'static str, String),
}

impl Rule {
    fn map(&self, blueprint: &Blueprint<'_>) -> Map {
        let labels = Map::new().set("severity", self.severity);
        let labels = match &self.about {
            Some((label, value)) => labels.set(*label, value.as_str()),
            None => labels,
        };
        let annotations = Map::new()
            .set("summary", self.summary.as_str())
            .set("runbook_url", runbook(blueprint, self.book.0, &self.book.1));
        Map::new()
            .set("alert", self.name)
            .set("expr", self.expr.as_str())
            .set("for", self.lasts)
            .set("labels", labels)
            .set("annotations", annotations)
    }
}

/// A heading's address: on GitHub when the repository lies there, else its path.
fn runbook(blueprint: &Blueprint<'_>, page: &str, heading: &str) -> String {
    let base = match &blueprint.facts.project.github {
        Some(repository) => format!("https://github.com/{repository}/blob/HEAD/"),
        None => String::new(),
    };
    let anchor = if heading.is_empty() { String::new() } else { format!("#{}", heading.replace(' ', "-")) };
    format!("{base}{}/{page}.md{anchor}", runbooks::FOLDER)
}

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let groups = [
        ("availability", availability(blueprint)),
        ("requests", requests(blueprint)),
        ("datastores", datastores(blueprint)),
        ("machine", machine()),
        ("monitoring", monitoring()),
    ];
    let groups = groups.iter().filter(|(_, rules)| !rules.is_empty()).map(|(name, rules)| {
        Map::new().set("name", *name).set("rules", list(rules.iter().map(|rule| rule.map(blueprint))))
    });
    Map::new().set("groups", list(groups)).document(&header(
        blueprint,
        "when somebody is called. critical: people notice now; warning: they will.",
    ))
}

fn availability(blueprint: &Blueprint<'_>) -> Vec<Rule> {
    let mut rules: Vec<Rule> = asked(blueprint)
        .map(|(unit, _)| Rule {
            name: "ServiceUnhealthy",
            severity: "critical",
            about: Some(("service", unit.name.to_string())),
            expr: format!("probe_success{{job=\"{HEALTH}\",service=\"{}\"}} == 0", unit.name),
            lasts: "1m",
            summary: format!("{} does not answer its health check", unit.name),
            book: ("troubleshooting", format!("{} does not start", unit.name)),
        })
        .collect();
    if blueprint.public_url().is_some() {
        rules.push(Rule {
            name: "PublicAddressDown",
            severity: "critical",
            about: None,
            expr: format!("probe_success{{job=\"{PUBLIC}\"}} == 0"),
            lasts: "2m",
            summary: "{{ $labels.instance }} does not answer as people ask it".into(),
            book: ("incident", String::new()),
        });
        rules.push(Rule {
            name: "CertificateExpires",
            severity: "warning",
            about: None,
            expr: format!("probe_ssl_earliest_cert_expiry{{job=\"{PUBLIC}\"}} - time() < 14 * 86400"),
            lasts: "1h",
            summary: "the certificate of {{ $labels.instance }} ends in {{ $value | humanizeDuration }}"
                .into(),
            book: ("incident", String::new()),
        });
    }
    rules
}

/// Of services whose histogram of requests is known. A quiet service has no error rate: one failed request of two is no
/// incident.
fn requests(blueprint: &Blueprint<'_>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for unit in &blueprint.units {
        let Some(requests) = series::requests(unit) else { continue };
        let (name, job) = (requests.name, unit.name);
        let about = || Some(("service", job.to_string()));
        let book = || ("incident", String::new());
        if let Some(status) = requests.status {
            let failed = format!("sum(rate({name}_count{{job=\"{job}\",{status}=~\"5..\"}}[5m]))");
            let all = format!("sum(rate({name}_count{{job=\"{job}\"}}[5m]))");
            rules.push(Rule {
                name: "ErrorRate",
                severity: "critical",
                about: about(),
                expr: format!("{failed} / {all} > 0.05 and {all} > 0.1"),
                lasts: "5m",
                summary: format!("{{{{ $value | humanizePercentage }}}} of the requests to {job} fail"),
                book: book(),
            });
        }
        rules.push(Rule {
            name: "SlowRequests",
            severity: "warning",
            about: about(),
            expr: format!(
                "histogram_quantile(0.95, sum by (le) (rate({name}_bucket{{job=\"{job}\"}}[5m]))) > {}",
                2 * requests.scale
            ),
            lasts: "10m",
            summary: format!("one request in twenty to {job} takes longer than 2 s"),
            book: book(),
        });
    }
    rules
}

fn datastores(blueprint: &Blueprint<'_>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for exporter in exporter::all(blueprint) {
        let store = exporter.store;
        let Some(answers) = exporter::answers(store.about.kind) else { continue };
        rules.push(rule(
            store,
            "DatastoreDown",
            "critical",
            format!("{answers}{{job=\"{}\"}} == 0", store.name),
            "does not answer",
        ));
        rules.extend(limits(store));
    }
    rules
}

fn rule(store: &Store<'_>, name: &'static str, severity: &'static str, expr: String, says: &str) -> Rule {
    let heading = match name {
        "ConnectionsNearLimit" if store.about.kind == DatastoreKind::Postgres => {
            "the connection pool is exhausted".to_owned()
        }
        _ => format!("no connection to {}", store.name),
    };
    Rule {
        name,
        severity,
        about: Some(("datastore", store.name.to_string())),
        expr,
        lasts: if severity == "critical" { "1m" } else { "10m" },
        summary: format!("{} {says}", store.name),
        book: ("troubleshooting", heading),
    }
}

/// How near a datastore is to what it may have.
fn limits(store: &Store<'_>) -> Vec<Rule> {
    let job = format!("{{job=\"{}\"}}", store.name);
    let warning = |name, expr, says| rule(store, name, "warning", expr, says);
    match store.about.kind {
        DatastoreKind::Postgres => vec![
            warning(
                "ConnectionsNearLimit",
                format!("sum(pg_stat_activity_count{job}) / max(pg_settings_max_connections{job}) > 0.8"),
                "has more than 80 % of its connections in use",
            ),
            warning(
                "Deadlocks",
                format!("sum(rate(pg_stat_database_deadlocks{job}[10m])) > 0"),
                "had to end transactions that waited for each other",
            ),
        ],
        DatastoreKind::MySql | DatastoreKind::MariaDb => vec![warning(
            "ConnectionsNearLimit",
            format!(
                "mysql_global_status_threads_connected{job} / mysql_global_variables_max_connections{job} > 0.8"
            ),
            "has more than 80 % of its connections in use",
        )],
        // Without `maxmemory` the container's limit is what ends it.
        DatastoreKind::Redis => vec![warning(
            "MemoryNearLimit",
            format!(
                "redis_memory_used_bytes{job} / ((redis_memory_max_bytes{job} > 0) or (redis_memory_max_bytes{job} == 0) + {STORE_MEMORY}) > 0.8"
            ),
            "has used more than 80 % of its memory",
        )],
        DatastoreKind::RabbitMq => vec![warning(
            "MemoryNearLimit",
            format!(
                "rabbitmq_process_resident_memory_bytes{job} / rabbitmq_resident_memory_limit_bytes{job} > 0.8"
            ),
            "has used more than 80 % of its memory",
        )],
        DatastoreKind::Memcached
        | DatastoreKind::MongoDb
        | DatastoreKind::S3
        | DatastoreKind::Sqlite
        | DatastoreKind::Kafka
        | DatastoreKind::Elasticsearch
        | DatastoreKind::ClickHouse => Vec::new(),
    }
}

fn machine() -> Vec<Rule> {
    let disk = "node_filesystem_avail_bytes{fstype!~\"tmpfs|ramfs|overlay|squashfs\"}";
    let size = "node_filesystem_size_bytes{fstype!~\"tmpfs|ramfs|overlay|squashfs\"}";
    let of_machine = |name, severity, expr: String, lasts, summary: &str, book: (&'static str, &str)| Rule {
        name,
        severity,
        about: None,
        expr,
        lasts,
        summary: summary.to_owned(),
        book: (book.0, book.1.to_owned()),
    };
    let full = ("troubleshooting", "the disk is full");
    vec![
        of_machine(
            "DiskFull",
            "critical",
            format!("{disk} / {size} < 0.05"),
            "5m",
            "{{ $labels.mountpoint }} has less than 5 % of its room left",
            full,
        ),
        of_machine(
            "DiskFills",
            "warning",
            format!("{disk} / {size} < 0.25 and predict_linear({disk}[6h], 24 * 3600) < 0"),
            "1h",
            "{{ $labels.mountpoint }} will be full within a day",
            full,
        ),
        of_machine(
            "MemoryShort",
            "warning",
            "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.1".to_owned(),
            "10m",
            "less than 10 % of the memory is left",
            ("incident", ""),
        ),
        of_machine(
            "ProcessorBusy",
            "warning",
            format!("1 - avg(rate(node_cpu_seconds_total{{job=\"{MACHINE}\",mode=\"idle\"}}[10m])) > 0.9"),
            "30m",
            "the processors have been busy for half an hour",
            ("incident", ""),
        ),
    ]
}

/// What watches is watched as well: whoever does not answer is not known to be well.
fn monitoring() -> Vec<Rule> {
    vec![Rule {
        name: "TargetDown",
        severity: "warning",
        about: None,
        expr: "up == 0".to_owned(),
        lasts: "5m",
        summary: "{{ $labels.job }} gives no metrics".into(),
        book: ("incident", String::new()),
    }]
}
