//! How routers, blueprints and URL configurations are put together.

use crate::python::index::{Index, Marks};
use crate::python::module::{Module, literal};
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr};
use rustpython_ruff_python_ast::{Expr, ExprCall, InterpolatedStringElement, Stmt};
use std::collections::BTreeMap;

/// A router that is included in another one, or a URL configuration in another.
struct Inclusion {
    /// Where it is included: file and variable.
    into: (String, String),
    /// What is included.
    router: (String, String),
    prefix: String,
}

/// How routers are put together.
pub(super) struct Graph {
    own: BTreeMap<(String, String), String>,
    inclusions: Vec<Inclusion>,
}

impl Graph {
    /// Reads the modules in and below a folder.
    pub(super) fn read(index: &Index<'_>, root: &str) -> Self {
        let mut graph = Self { own: BTreeMap::new(), inclusions: Vec::new() };
        for file in index.marked(root, Marks::ROUTES) {
            let Some(module) = index.module(file) else { continue };
            for (name, value, _) in module.assignments() {
                if let Expr::Call(call) = value
                    && let Some(prefix) = ["prefix", "url_prefix", "root_path"]
                        .iter()
                        .find_map(|option| call.arguments.find_keyword(option))
                        .and_then(|keyword| text(index, root, &module, &keyword.value))
                {
                    let is_router = module.callee(call).is_some_and(|callee| {
                        callee.contains("Router")
                            || callee.contains("Blueprint")
                            || callee.contains("Namespace")
                    });
                    if is_router {
                        graph.own.insert((file.to_owned(), name.to_owned()), prefix);
                    }
                }
            }
            let mut visitor = Inclusions { index, root, module: &module, found: Vec::new() };
            visitor.visit_body(&module.body);
            graph.inclusions.append(&mut visitor.found);
        }
        graph
    }

    /// The path of a route with the prefixes of all that it is in. `None` when its router leads nowhere in circles.
    pub(super) fn full_path(&self, file: &str, router: &str, path: &str, depth: u8) -> Option<String> {
        if depth > 8 {
            return None;
        }
        let own = self.own.get(&(file.to_owned(), router.to_owned())).map_or("", String::as_str);
        let path = joined(own, path);
        let outer = self.inclusions.iter().filter(|inclusion| {
            inclusion.router.0 == file && (inclusion.router.1 == router || inclusion.router.1.is_empty())
        });
        let mut shortest: Option<String> = None;
        for inclusion in outer {
            if inclusion.into.0 == file && inclusion.into.1 == router {
                continue;
            }
            let inside = joined(&inclusion.prefix, &path);
            let full = self.full_path(&inclusion.into.0, &inclusion.into.1, &inside, depth + 1);
            shortest = match (shortest, full) {
                (Some(best), Some(full)) if full.len() >= best.len() => Some(best),
                (best, full) => full.or(best),
            };
        }
        shortest.or(Some(path))
    }
}

fn joined(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_end_matches('/');
    let path = path.trim_start_matches('/');
    let prefix =
        if prefix.is_empty() || prefix.starts_with('/') { prefix.to_owned() } else { format!("/{prefix}") };
    if path.is_empty() && !prefix.is_empty() { prefix } else { format!("{prefix}/{path}") }
}

/// The text of a prefix, through a settings object's default where it is one: `settings.API_V1_STR`.
pub(crate) fn text(index: &Index<'_>, root: &str, module: &Module, expr: &Expr) -> Option<String> {
    if let Some(text) = module.text_of(expr) {
        return Some(text);
    }
    match expr {
        Expr::Name(name) => match module.imports.get(name.id.as_str()) {
            Some(dotted) => {
                let (file, name) = index.locate(root, dotted)?;
                let other = index.module(&file)?;
                let value = other.assignments().into_iter().find(|found| found.0 == name)?.1;
                literal(value)
            }
            // A variable of a function around it.
            None => {
                let bodies =
                    module.functions().flat_map(|function| crate::python::module::flatten(&function.body));
                let value = bodies
                    .filter_map(crate::python::module::assignment)
                    .find(|found| found.0 == name.id.as_str())?
                    .1;
                if matches!(value, Expr::Name(_)) { None } else { text(index, root, module, value) }
            }
        },
        Expr::Attribute(attribute) => field_default(index, root, attribute.attr.as_str()),
        Expr::FString(fstring) => {
            let mut out = String::new();
            for element in fstring.value.elements() {
                match element {
                    InterpolatedStringElement::Literal(part) => out.push_str(&part.value),
                    InterpolatedStringElement::Interpolation(part) => {
                        out.push_str(&text(index, root, module, &part.expression)?)
                    }
                }
            }
            Some(out)
        }
        Expr::BinOp(sum) => {
            Some(text(index, root, module, &sum.left)? + &text(index, root, module, &sum.right)?)
        }
        _ => None,
    }
}

/// The default of a settings field, wherever the settings are declared: objects come to be in many ways, a field's name is
/// hardly used twice.
fn field_default(index: &Index<'_>, root: &str, field: &str) -> Option<String> {
    index.marked(root, Marks::ENV).into_iter().filter_map(|file| index.module(file)).find_map(|module| {
        let fields = module.top_level().into_iter().flat_map(|statement| match statement {
            Stmt::ClassDef(class) => class.body.iter().collect::<Vec<_>>(),
            other => vec![other],
        });
        let value = fields.filter_map(crate::python::module::assignment).find(|found| found.0 == field)?.1;
        match value {
            Expr::Call(call) => call
                .arguments
                .find_argument_value("default", 0)
                .or_else(|| call.arguments.find_positional(1))
                .and_then(literal),
            other => literal(other),
        }
    })
}

struct Inclusions<'m> {
    index: &'m Index<'m>,
    root: &'m str,
    module: &'m Module,
    found: Vec<Inclusion>,
}

impl Inclusions<'_> {
    /// File and variable of what an expression names: a router, or a module that has one.
    fn router(&self, expr: &Expr) -> Option<(String, String)> {
        let dotted = self.module.dotted(expr)?;
        if !dotted.contains('.') {
            return Some((self.module.path.clone(), dotted));
        }
        self.index.locate(self.root, &dotted)
    }

    fn include_router(&mut self, call: &ExprCall, into: &Expr) {
        // Django Ninja names the prefix first: `api.add_router("/events", router)`.
        let first = call.arguments.find_positional(0).and_then(literal);
        if let (Some(prefix), Some(router)) =
            (&first, call.arguments.find_positional(1).and_then(|router| self.router(router)))
        {
            let into = self.router(into).unwrap_or_else(|| (self.module.path.clone(), "api".to_owned()));
            self.found.push(Inclusion { into, router, prefix: prefix.clone() });
            return;
        }
        let prefix = ["prefix", "url_prefix"]
            .iter()
            .find_map(|name| call.arguments.find_keyword(name))
            .and_then(|keyword| text(self.index, self.root, self.module, &keyword.value));
        let router = call
            .arguments
            .find_positional(0)
            .or_else(|| call.arguments.find_keyword("router").map(|keyword| &keyword.value));
        let Some(router) = router.and_then(|router| self.router(router)) else { return };
        let into = self.router(into).unwrap_or_else(|| (self.module.path.clone(), "app".to_owned()));
        self.found.push(Inclusion { into, router, prefix: prefix.unwrap_or_default() });
    }

    /// Django's `path("api/", include("api.urls"))`.
    fn include_urls(&mut self, call: &ExprCall) {
        let prefix = call.arguments.find_positional(0).and_then(literal).unwrap_or_default();
        // Django Ninja: `path("api/", api.urls)`.
        if let Some(Expr::Attribute(urls)) = call.arguments.find_positional(1)
            && urls.attr.as_str() == "urls"
            && let Some(router) = self.router(&urls.value)
        {
            self.found.push(Inclusion {
                into: (self.module.path.clone(), "urlpatterns".to_owned()),
                router,
                prefix,
            });
            return;
        }
        let Some(Expr::Call(inner)) = call.arguments.find_positional(1) else { return };
        let named = inner.arguments.find_positional(0);
        let named =
            named.map(|named| crate::python::module::elements(named).first().copied().unwrap_or(named));
        let dotted = named.and_then(|named| literal(named).or_else(|| self.module.dotted(named)));
        let Some(file) = dotted.and_then(|dotted| self.index.file(self.root, &dotted)) else { return };
        let prefix = prefix.trim_start_matches('^').to_owned();
        self.found.push(Inclusion {
            into: (self.module.path.clone(), "urlpatterns".to_owned()),
            router: (file, "urlpatterns".to_owned()),
            prefix,
        });
    }
}

impl<'a> Visitor<'a> for Inclusions<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            match &*call.func {
                Expr::Attribute(attribute)
                    if matches!(
                        attribute.attr.as_str(),
                        "include_router" | "register_blueprint" | "add_router"
                    ) =>
                {
                    self.include_router(call, &attribute.value)
                }
                Expr::Attribute(attribute) if attribute.attr.as_str() == "mount" => {
                    let app = call.arguments.find_argument_value("app", 1).and_then(|app| self.router(app));
                    let prefix = call
                        .arguments
                        .find_argument_value("path", 0)
                        .and_then(|path| text(self.index, self.root, self.module, path));
                    if let (Some(router), Some(prefix), Some(into)) =
                        (app, prefix, self.router(&attribute.value))
                    {
                        self.found.push(Inclusion { into, router, prefix });
                    }
                }
                Expr::Name(name) if matches!(name.id.as_str(), "path" | "re_path" | "url") => {
                    self.include_urls(call)
                }
                _ => {}
            }
        }
        walk_expr(self, expr);
    }
}
