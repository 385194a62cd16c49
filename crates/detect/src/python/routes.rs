//! Health endpoints, with the prefixes of the routers, blueprints and URL configurations they are in.

mod graph;
mod shared;

use super::index::{Index, Marks};
use super::module::{Module, literal};
use graph::Graph;
pub(crate) use graph::text;
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use rustpython_ruff_python_ast::{Decorator, Expr, ExprCall, Stmt, StmtFunctionDef};
use std::cell::OnceCell;

/// A route of a module: the router's variable and the path on it.
struct Route {
    file: String,
    router: String,
    path: String,
}

/// The routes of a service, and how its routers are put together.
pub(crate) struct Routes<'i> {
    /// The modules of the repository.
    pub index: &'i Index<'i>,
    /// The service's folder, from which its modules are imported.
    pub root: &'i str,
    graph: OnceCell<Graph>,
}

impl<'i> Routes<'i> {
    /// Looks at nothing yet.
    pub(crate) fn new(index: &'i Index<'i>, root: &'i str) -> Self {
        Self { index, root, graph: OnceCell::new() }
    }

    fn graph(&self) -> &Graph {
        self.graph.get_or_init(|| Graph::read(self.index, self.root))
    }

    /// The health endpoint, as the full path.
    pub(crate) fn health(&self) -> Option<String> {
        let (index, root) = (self.index, self.root);
        let mut routes = Vec::new();
        for file in index.marked(root, Marks::HEALTH) {
            let Some(module) = index.module(file) else { continue };
            let mut collector = Collector { index, root, module: &module, routes: Vec::new() };
            collector.visit_body(&module.body);
            for mut route in collector.routes {
                (route.file, route.router) = self.origin(&module, &route.router);
                routes.push(route);
            }
        }
        routes.retain(|route| health_rank(&route.path).is_some());
        let mut found: Vec<(usize, usize, String)> = routes
            .iter()
            .filter_map(|route| {
                let full = self.graph().full_path(&route.file, &route.router, &route.path, 0)?;
                Some((health_rank(&full)?, full.matches('/').count(), full))
            })
            .collect();
        found.sort();
        found.into_iter().next().map(|(_, _, path)| path)
    }

    /// The full path of a route on a router of a module.
    pub(crate) fn full_path(&self, module: &Module, router: &str, path: &str) -> Option<String> {
        let (file, router) = self.origin(module, router);
        self.graph().full_path(&file, &router, path, 0)
    }

    /// The file and the variable of a router, which another module may have made.
    fn origin(&self, module: &Module, router: &str) -> (String, String) {
        let dotted = module.imports.get(router);
        dotted
            .and_then(|dotted| self.index.locate(self.root, dotted))
            .unwrap_or_else(|| (module.path.clone(), router.to_owned()))
    }
}

/// How much a path looks like the endpoint that says whether the service can serve; smaller is better.
fn health_rank(path: &str) -> Option<usize> {
    const NAMES: &[&str] = &[
        "health",
        "healthz",
        "healthcheck",
        "health-check",
        "health_check",
        "readyz",
        "ready",
        "readiness",
        "livez",
        "live",
        "liveness",
        "alive",
        "ping",
        "status",
        "heartbeat",
        "probe",
        "up",
        "ht",
    ];
    if path.contains(['{', '<', '(']) {
        return None;
    }
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let last = parts.last()?;
    let rank = NAMES.iter().position(|name| name == last);
    match rank {
        // `/health/live` is about health, `/users/status` and `/posts/live` are not.
        Some(at) if at >= 5 && parts.len() > 1 && !is_prefix_only(&parts[..parts.len() - 1]) => None,
        Some(at) => Some(at),
        None => parts
            .iter()
            .rev()
            .skip(1)
            .any(|part| part.starts_with("health"))
            .then_some(NAMES.len())
            .filter(|_| ["db", "database", "detailed", "full"].iter().all(|word| !last.contains(word))),
    }
}

fn is_prefix_only(parts: &[&str]) -> bool {
    parts.iter().all(|part| {
        matches!(
            *part,
            "api"
                | "internal"
                | "system"
                | "utils"
                | "monitoring"
                | "common"
                | "core"
                | "probes"
                | "probe"
                | "_"
        ) || part.starts_with("health")
            || (part.starts_with('v') && part[1..].chars().all(|c| c.is_ascii_digit()))
    })
}

struct Collector<'m> {
    index: &'m Index<'m>,
    root: &'m str,
    module: &'m Module,
    routes: Vec<Route>,
}

impl Collector<'_> {
    fn add(&mut self, router: &str, path: Option<String>) {
        if let Some(path) = path {
            let path = if path.starts_with('/') { path } else { format!("/{path}") };
            self.routes.push(Route { file: self.module.path.clone(), router: router.to_owned(), path });
        }
    }

    fn decorated(&mut self, decorator: &Decorator) {
        let Expr::Call(call) = &decorator.expression else { return };
        let path = call
            .arguments
            .find_argument_value("path", 0)
            .or_else(|| call.arguments.find_argument_value("rule", 0))
            .and_then(|path| text(self.index, self.root, self.module, path));
        match &*call.func {
            Expr::Attribute(attribute) => {
                let method = attribute.attr.as_str();
                let reads = matches!(method, "get" | "route" | "api_route" | "head") && !refuses_get(call);
                if let (true, Expr::Name(router)) = (reads, &*attribute.value) {
                    self.add(router.id.as_str(), path);
                }
            }
            // Litestar: `@get("/health")`.
            Expr::Name(name) if name.id.as_str() == "get" => self.add("", path),
            _ => {}
        }
    }
}

fn refuses_get(call: &ExprCall) -> bool {
    let methods = call.arguments.find_keyword("methods").and_then(|keyword| literal(&keyword.value));
    methods.is_some_and(|methods| !methods.split(',').any(|method| method == "GET"))
}

impl<'a> Visitor<'a> for Collector<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::FunctionDef(StmtFunctionDef { decorator_list, .. }) = statement {
            decorator_list.iter().for_each(|decorator| self.decorated(decorator));
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            let first = || call.arguments.find_positional(0).and_then(|path| self.module.text_of(path));
            match &*call.func {
                Expr::Attribute(attribute)
                    if matches!(
                        attribute.attr.as_str(),
                        "add_api_route" | "add_url_rule" | "add_route" | "add_get"
                    ) =>
                {
                    let router = match &*attribute.value {
                        Expr::Name(name) => name.id.to_string(),
                        _ => "app".to_owned(),
                    };
                    let path = first();
                    self.add(&router, path);
                }
                // Flask-RESTful: `api.add_resource(Health, "/health")`.
                Expr::Attribute(attribute) if attribute.attr.as_str() == "add_resource" => {
                    let path = call.arguments.find_positional(1).and_then(|path| self.module.text_of(path));
                    let router = match &*attribute.value {
                        Expr::Name(name) => name.id.to_string(),
                        _ => "api".to_owned(),
                    };
                    self.add(&router, path);
                }
                // Django's and Starlette's route tables.
                Expr::Name(name)
                    if matches!(name.id.as_str(), "path" | "re_path" | "url" | "Route")
                        && call.arguments.args.len() > 1
                        && !includes(call) =>
                {
                    let path = first().map(|path| {
                        path.trim_start_matches('^').trim_end_matches('$').trim_end_matches('?').to_owned()
                    });
                    self.add("urlpatterns", path);
                }
                _ => {}
            }
        }
        walk_expr(self, expr);
    }
}

fn includes(call: &ExprCall) -> bool {
    matches!(call.arguments.find_positional(1), Some(Expr::Call(inner)) if matches!(&*inner.func, Expr::Name(name) if name.id.as_str() == "include"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_about_health_count() {
        assert!(health_rank("/health") < health_rank("/ping"));
        assert!(health_rank("/api/v1/utils/health-check/").is_some());
        assert!(health_rank("/api/v1/status").is_some());
        assert_eq!(health_rank("/orders/status"), None);
        assert_eq!(health_rank("/users/{id}/health"), None);
    }
}
