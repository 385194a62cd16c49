//! The series that a program registers with prom-client, or that a library registers for it.

use crate::node::graph::Modules;
use crate::node::source::{Call, Module, Value};
use model::facts::{SeriesFact, SeriesKind};
use std::sync::Arc;

/// What `collectDefaultMetrics` registers, as far as people look at it
/// (https://github.com/siimon/prom-client/tree/master/lib/metrics).
const DEFAULTS: &[(&str, SeriesKind)] = &[
    ("process_cpu_seconds_total", SeriesKind::Counter),
    ("process_resident_memory_bytes", SeriesKind::Gauge),
    ("nodejs_eventloop_lag_p99_seconds", SeriesKind::Gauge),
    ("nodejs_heap_size_used_bytes", SeriesKind::Gauge),
];

/// What libraries measure of each request: the histogram and its labels.
const LIBRARIES: &[(&str, &str, &[&str])] = &[
    ("express-prom-bundle", "http_request_duration_seconds", &["status_code"]),
    ("fastify-metrics", "http_request_duration_seconds", &["method", "route", "status_code"]),
    ("prometheus-api-metrics", "http_request_duration_seconds", &["method", "route", "code"]),
];

/// Everything that is known by name.
pub(super) fn of(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Vec<SeriesFact> {
    let mut all = Vec::new();
    for module in sources {
        for call in &module.calls {
            if call.method() == "collectDefaultMetrics" {
                all.extend(DEFAULTS.iter().map(|(name, kind)| SeriesFact {
                    name: (*name).to_owned(),
                    kind: *kind,
                    labels: Vec::new(),
                }));
            }
            all.extend(declared(modules, module, call));
        }
        for (library, name, labels) in LIBRARIES {
            if module.sources.iter().any(|source| source == library) {
                let labels = labels.iter().map(|label| (*label).to_owned()).collect();
                all.push(SeriesFact { name: (*name).to_owned(), kind: SeriesKind::Histogram, labels });
            }
        }
    }
    all.sort();
    all.dedup_by(|a, b| a.name == b.name);
    all
}

/// `new Histogram({ name, labelNames })` of prom-client.
fn declared(modules: &Modules<'_>, module: &Arc<Module>, call: &Call) -> Option<SeriesFact> {
    let kind = match call.method() {
        "Counter" => SeriesKind::Counter,
        "Gauge" => SeriesKind::Gauge,
        "Histogram" => SeriesKind::Histogram,
        "Summary" => SeriesKind::Summary,
        _ => return None,
    };
    if !call.constructs {
        return None;
    }
    let options = modules.evaluate(module, call.arguments.first()?).value;
    let name = options.property("name")?;
    let name = modules.evaluate(module, name).value.as_text()?.to_owned();
    let labels = options.property("labelNames").map(|labels| modules.evaluate(module, labels).value);
    let labels = match labels {
        Some(Value::List(items)) => items.iter().filter_map(Value::as_text).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    Some(SeriesFact { name, kind, labels })
}
