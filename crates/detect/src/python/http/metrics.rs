//! Where a service answers with metrics in the Prometheus format.

use crate::path;
use crate::python::index::{Index, Marks};
use crate::python::module::{Module, literal};
use crate::python::routes::{self, Routes};
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use rustpython_ruff_python_ast::{Expr, ExprCall, Stmt};

/// Where most libraries answer.
const USUAL: &str = "/metrics";

/// The endpoint, when one of the modules has it.
pub(super) fn path(routes: &Routes<'_>, files: &[&str]) -> Option<String> {
    let (index, root) = (routes.index, routes.root);
    let marked = files.iter().filter(|file| index.marks(file).any(Marks::METRICS));
    let mut found: Vec<String> = Vec::new();
    for module in marked.filter_map(|file| index.module(file)) {
        let mut finder = Finder { index, root, module: &module, routes: Vec::new(), found: Vec::new() };
        if module.imports.values().any(|dotted| dotted == "litestar.plugins.prometheus.PrometheusController")
        {
            finder.found.push(USUAL.to_owned());
        }
        finder.visit_body(&module.body);
        let Finder { routes: own, found: plain, .. } = finder;
        found.extend(own.iter().filter_map(|(router, path)| routes.full_path(&module, router, path)));
        found.extend(plain);
    }
    found.sort();
    found.into_iter().next()
}

fn is_about_metrics(path: &str) -> bool {
    let last = path::file_name(path.trim_end_matches(['/', '$']));
    last.contains("metrics") || last.contains("prometheus")
}

struct Finder<'m> {
    index: &'m Index<'m>,
    root: &'m str,
    module: &'m Module,
    /// Routes on routers: the variable and the path.
    routes: Vec<(String, String)>,
    /// Full paths.
    found: Vec<String>,
}

impl Finder<'_> {
    fn text(&self, expr: &Expr) -> Option<String> {
        routes::text(self.index, self.root, self.module, expr)
    }

    fn call(&mut self, call: &ExprCall) {
        let first = call.arguments.find_positional(0);
        let callee = self.module.callee(call).unwrap_or_default();
        match &*call.func {
            Expr::Attribute(attribute) => match attribute.attr.as_str() {
                "mount" | "add_route" | "add_api_route" | "add_url_rule" | "add_get" => {
                    let path = first.and_then(|first| self.text(first)).filter(|path| is_about_metrics(path));
                    let router = match &*attribute.value {
                        Expr::Name(name) => name.id.to_string(),
                        _ => "app".to_owned(),
                    };
                    self.routes.extend(path.map(|path| (router, path)));
                }
                "expose" => {
                    let stated = call.arguments.find_keyword("endpoint").map(|keyword| &keyword.value);
                    let path = stated.map_or(Some(USUAL.to_owned()), |stated| self.text(stated));
                    self.found.extend(path);
                }
                "for_app_factory" if callee.contains("PrometheusMetrics") => self.exporter(call),
                _ => {}
            },
            Expr::Name(_) if callee.ends_with("prometheus_flask_exporter.PrometheusMetrics") => {
                self.exporter(call);
            }
            Expr::Name(name) if matches!(name.id.as_str(), "path" | "re_path" | "url") => {
                let path = first.and_then(literal).unwrap_or_default();
                let path = path.trim_start_matches('^').trim_end_matches('$');
                if includes(call, "django_prometheus.urls") {
                    self.found.push(format!("/{}", path::join(path, "metrics")));
                } else if is_about_metrics(path) {
                    self.routes.push(("urlpatterns".to_owned(), path.to_owned()));
                }
            }
            _ => {}
        }
    }

    fn exporter(&mut self, call: &ExprCall) {
        match call.arguments.find_keyword("path").map(|keyword| literal(&keyword.value)) {
            Some(path) => self.found.extend(path),
            None => self.found.push(USUAL.to_owned()),
        }
    }
}

/// `path("", include("urls"))`.
fn includes(call: &ExprCall, urls: &str) -> bool {
    let Some(Expr::Call(inner)) = call.arguments.find_positional(1) else { return false };
    inner.arguments.find_positional(0).and_then(literal).as_deref() == Some(urls)
}

impl<'a> Visitor<'a> for Finder<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::FunctionDef(function) = statement {
            for decorator in &function.decorator_list {
                if let Expr::Call(call) = &decorator.expression
                    && let Expr::Attribute(attribute) = &*call.func
                    && matches!(attribute.attr.as_str(), "get" | "route" | "api_route")
                    && let Expr::Name(router) = &*attribute.value
                    && let Some(path) = call.arguments.find_positional(0).and_then(|path| self.text(path))
                    && is_about_metrics(&path)
                {
                    self.routes.push((router.id.to_string(), path));
                }
            }
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => self.call(call),
            // Werkzeug's dispatcher: `{"/metrics": make_wsgi_app()}`.
            Expr::Dict(dict) => {
                for item in &dict.items {
                    if let (Some(key), Expr::Call(call)) = (&item.key, &item.value)
                        && self.module.callee(call).is_some_and(|callee| {
                            callee.ends_with("make_wsgi_app") || callee.ends_with("make_asgi_app")
                        })
                    {
                        self.found.extend(literal(key));
                    }
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}
