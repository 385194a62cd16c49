//! The series that a service registers with prometheus_client, or that a library registers for it.

use crate::python::index::Index;
use crate::python::module::{Module, elements, literal};
use model::facts::{SeriesFact, SeriesKind};
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr};
use rustpython_ruff_python_ast::{Expr, ExprCall};

/// What prometheus_client's own registry has on Linux (https://prometheus.github.io/client_python/collector/).
const DEFAULTS: &[(&str, SeriesKind)] = &[
    ("process_cpu_seconds_total", SeriesKind::Counter),
    ("process_resident_memory_bytes", SeriesKind::Gauge),
];

/// What libraries measure of each request: their module, the histogram and its labels.
const LIBRARIES: &[(&str, &str, &[&str])] = &[
    ("prometheus_fastapi_instrumentator", "http_request_duration_seconds", &["handler", "method"]),
    ("starlette_exporter", "starlette_request_duration_seconds", &["method", "path", "status_code"]),
    ("prometheus_flask_exporter", "flask_http_request_duration_seconds", &["method", "path", "status"]),
];

/// Everything that is known by name.
pub(super) fn of(index: &Index<'_>, files: &[&str]) -> Vec<SeriesFact> {
    let mut all = Vec::new();
    let mut own_registry = false;
    for file in files {
        let Some(module) = index.module(file) else { continue };
        let loads =
            |library: &str| module.imports.values().any(|dotted| dotted.split('.').next() == Some(library));
        for (_, name, labels) in LIBRARIES.iter().filter(|known| loads(known.0)) {
            let labels = labels.iter().map(|label| (*label).to_owned()).collect();
            all.push(SeriesFact { name: (*name).to_owned(), kind: SeriesKind::Histogram, labels });
        }
        if !loads("prometheus_client") {
            continue;
        }
        let mut finder = Finder { module: &module, found: Vec::new(), own_registry: false };
        finder.visit_body(&module.body);
        all.append(&mut finder.found);
        own_registry |= finder.own_registry;
    }
    if !own_registry {
        let defaults = DEFAULTS.iter();
        all.extend(defaults.map(|(name, kind)| SeriesFact {
            name: (*name).to_owned(),
            kind: *kind,
            labels: Vec::new(),
        }));
    }
    all.sort();
    all.dedup_by(|a, b| a.name == b.name);
    all
}

struct Finder<'m> {
    module: &'m Module,
    found: Vec<SeriesFact>,
    /// A registry of its own has no series of the process.
    own_registry: bool,
}

impl Finder<'_> {
    /// `Histogram("name", "help", ["label"])`.
    fn call(&mut self, call: &ExprCall) {
        let callee = self.module.callee(call).unwrap_or_default();
        let Some(class) = callee.strip_prefix("prometheus_client.") else { return };
        let kind = match class.rsplit('.').next() {
            Some("Counter") => SeriesKind::Counter,
            Some("Gauge") => SeriesKind::Gauge,
            Some("Histogram") => SeriesKind::Histogram,
            Some("Summary") => SeriesKind::Summary,
            Some("CollectorRegistry") => {
                self.own_registry = true;
                return;
            }
            _ => return,
        };
        let argument = |name: &str, position| call.arguments.find_argument_value(name, position);
        let Some(name) = argument("name", 0).and_then(literal) else { return };
        // The client adds it where it is missing (https://prometheus.github.io/client_python/instrumenting/counter/).
        let name = match kind {
            SeriesKind::Counter if !name.ends_with("_total") => format!("{name}_total"),
            _ => name,
        };
        let labels = argument("labelnames", 2).map(elements).unwrap_or_default();
        let labels = labels.into_iter().filter_map(literal).collect();
        self.found.push(SeriesFact { name, kind, labels });
    }
}

impl<'a> Visitor<'a> for Finder<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            self.call(call);
        }
        walk_expr(self, expr);
    }
}
