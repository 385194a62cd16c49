//! The prefix under which all routes of a service lie.

use super::{Routes, health_rank, text};
use crate::python::index::{Index, Marks};
use crate::python::module::Module;
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use rustpython_ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};
use std::collections::BTreeSet;

impl Routes<'_> {
    /// The prefix that the routes of the given modules share, without a slash at its end. Routes about health, metrics and
    /// documentation may lie outside, and a greeting at `/`.
    pub(crate) fn shared_prefix(&self, files: &[&str]) -> Option<String> {
        let (index, root) = (self.index, self.root);
        let mut routers = BTreeSet::new();
        let mut paths = Vec::new();
        for file in files.iter().filter(|file| index.marks(file).any(Marks::ROUTES.and(Marks::APP))) {
            let Some(module) = index.module(file) else { continue };
            let mut finder = Finder { index, root, module: &module, found: Vec::new() };
            finder.visit_body(&module.body);
            for (router, path) in finder.found {
                let (file, router) = self.origin(&module, &router);
                let full = self.graph().full_path(&file, &router, &path, 0)?;
                if health_rank(&full).is_none() && !is_beside(&full) {
                    paths.push(full);
                    routers.insert((file, router));
                }
            }
        }
        let mut shared: Vec<String> = segments(paths.first()?).map(str::to_owned).collect();
        for path in &paths {
            let same = shared.iter().zip(segments(path)).take_while(|(a, b)| a == b).count();
            shared.truncate(same);
        }
        // What one router's routes have in common is their subject, unless it is a word for an interface.
        if routers.len() < 2 {
            let words = shared.iter().take_while(|part| is_interface(part)).count();
            shared.truncate(words);
        }
        (!shared.is_empty()).then(|| format!("/{}", shared.join("/")))
    }
}

/// The fixed parts in front of the last one.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let fixed = parts.iter().take_while(|part| !part.contains(['{', '<'])).count();
    parts.into_iter().take(fixed)
}

fn is_interface(part: &str) -> bool {
    matches!(part, "api" | "rest" | "rpc" | "graphql" | "backend")
        || part
            .strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

fn is_beside(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    matches!(last, "metrics" | "docs" | "redoc" | "openapi.json" | "favicon.ico" | "robots.txt" | "version")
}

struct Finder<'m> {
    index: &'m Index<'m>,
    root: &'m str,
    module: &'m Module,
    /// Routes: the router's variable and the path on it.
    found: Vec<(String, String)>,
}

impl Finder<'_> {
    fn function(&mut self, function: &StmtFunctionDef) {
        const METHODS: &[&str] =
            &["get", "post", "put", "patch", "delete", "head", "options", "route", "api_route", "websocket"];
        for decorator in &function.decorator_list {
            let Expr::Call(call) = &decorator.expression else { continue };
            let Expr::Attribute(attribute) = &*call.func else { continue };
            let Expr::Name(router) = &*attribute.value else { continue };
            if !METHODS.contains(&attribute.attr.as_str()) {
                continue;
            }
            let path = ["path", "rule"].iter().find_map(|name| call.arguments.find_argument_value(name, 0));
            let path = path.and_then(|path| text(self.index, self.root, self.module, path));
            let greets = path.as_deref() == Some("/") && function.body.iter().any(answers_plainly);
            let path = path.filter(|path| !greets && (path.is_empty() || path.starts_with('/')));
            self.found.extend(path.map(|path| (router.id.to_string(), path)));
        }
    }

    /// A route that is made by a call, or a router that is not this repository's.
    fn call(&mut self, call: &ExprCall) {
        let Expr::Attribute(attribute) = &*call.func else { return };
        let into = match &*attribute.value {
            Expr::Name(name) => name.id.to_string(),
            _ => "app".to_owned(),
        };
        let first = call.arguments.find_positional(0);
        let path = match attribute.attr.as_str() {
            "add_api_route" | "add_url_rule" | "add_api_websocket_route" | "add_websocket_route" => first,
            "mount" if matches!(call.arguments.find_argument_value("app", 1), Some(Expr::Call(_))) => first,
            "include_router" | "register_blueprint"
                if first.is_some_and(|router| self.is_foreign(router)) =>
            {
                let prefix =
                    ["prefix", "url_prefix"].iter().find_map(|name| call.arguments.find_keyword(name));
                prefix.map(|keyword| &keyword.value)
            }
            _ => return,
        };
        let path = path.and_then(|path| text(self.index, self.root, self.module, path));
        self.found.push((into, path.unwrap_or_else(|| "/".to_owned())));
    }

    fn is_foreign(&self, router: &Expr) -> bool {
        match self.module.dotted(router) {
            Some(dotted) => dotted.contains('.') && self.index.locate(self.root, &dotted).is_none(),
            None => true,
        }
    }
}

/// `return {"message": "hello"}`.
fn answers_plainly(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Return(answer) if matches!(answer.value.as_deref(), Some(Expr::Dict(_))))
}

impl<'a> Visitor<'a> for Finder<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::FunctionDef(function) = statement {
            self.function(function);
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            self.call(call);
        }
        walk_expr(self, expr);
    }
}
