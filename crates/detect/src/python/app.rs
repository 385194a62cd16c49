//! Application objects: the variable or factory that really holds the FastAPI, Flask, … application.

use super::deployable::Context;
use super::index::{Index, Marks};
use super::module::{Module, flatten};
use crate::path;
use model::Place;
use model::facts::Framework;
use rustpython_ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};
use std::collections::BTreeSet;

/// How an application object is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Interface {
    /// By an ASGI server.
    Asgi,
    /// By a WSGI server.
    Wsgi,
    /// By itself, when its module is run.
    Own,
}

/// What an application object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Its framework, where there is a word for it.
    pub(crate) framework: Option<Framework>,
    /// How it is served.
    pub(crate) interface: Interface,
}

/// An application object of a module.
#[derive(Debug, Clone)]
pub(crate) struct App {
    /// The module's file.
    pub(crate) file: String,
    /// The variable or the function.
    pub(crate) name: String,
    /// Whether the name is a function that makes the object.
    pub(crate) factory: bool,
    /// The factory cannot be called without arguments.
    pub(crate) needs_arguments: bool,
    /// What it is.
    pub(crate) kind: Kind,
    /// Where it is made.
    pub(crate) place: Place,
}

/// Constructors by dotted name; those that are usually imported by `*` also by their bare name.
const CONSTRUCTORS: &[(&str, Option<Framework>, Interface)] = &[
    ("fastapi.FastAPI", Some(Framework::FastApi), Interface::Asgi),
    ("fastapi.applications.FastAPI", Some(Framework::FastApi), Interface::Asgi),
    ("fastapi_offline.FastAPIOffline", Some(Framework::FastApi), Interface::Asgi),
    ("starlette.applications.Starlette", Some(Framework::Starlette), Interface::Asgi),
    ("litestar.Litestar", Some(Framework::Litestar), Interface::Asgi),
    ("quart.Quart", Some(Framework::Quart), Interface::Asgi),
    ("fasthtml.common.FastHTML", Some(Framework::Starlette), Interface::Asgi),
    ("fasthtml.common.fast_app", Some(Framework::Starlette), Interface::Asgi),
    ("FastHTML", Some(Framework::Starlette), Interface::Asgi),
    ("fast_app", Some(Framework::Starlette), Interface::Asgi),
    ("flask.Flask", Some(Framework::Flask), Interface::Wsgi),
    ("flask.app.Flask", Some(Framework::Flask), Interface::Wsgi),
    ("apiflask.APIFlask", Some(Framework::Flask), Interface::Wsgi),
    ("flask_openapi3.OpenAPI", Some(Framework::Flask), Interface::Wsgi),
    ("connexion.FlaskApp", Some(Framework::Flask), Interface::Asgi),
    ("connexion.App", Some(Framework::Flask), Interface::Asgi),
    ("connexion.AsyncApp", None, Interface::Asgi),
    ("dash.Dash", Some(Framework::Flask), Interface::Own),
    ("bottle.Bottle", None, Interface::Wsgi),
    ("falcon.App", None, Interface::Wsgi),
    ("falcon.API", None, Interface::Wsgi),
    ("falcon.asgi.App", None, Interface::Asgi),
    ("blacksheep.Application", None, Interface::Asgi),
    ("blacksheep.server.Application", None, Interface::Asgi),
    ("sanic.Sanic", Some(Framework::Sanic), Interface::Own),
    ("aiohttp.web.Application", Some(Framework::Aiohttp), Interface::Own),
    ("tornado.web.Application", Some(Framework::Tornado), Interface::Own),
    ("robyn.Robyn", None, Interface::Own),
];

/// Names that a factory of applications has.
fn is_factory_name(name: &str) -> bool {
    name.contains("app")
        && ["create", "make", "get", "build", "init", "setup", "factory", "new", "configure"]
            .iter()
            .any(|word| name.contains(word))
}

/// Finds application objects.
pub(crate) struct Finder<'a> {
    index: &'a Index<'a>,
    root: String,
}

impl<'a> Finder<'a> {
    /// A finder for modules that import from `root`.
    pub(crate) fn new(index: &'a Index<'a>, root: &str) -> Self {
        Self { index, root: root.to_owned() }
    }

    /// The application objects of one module that are not part of another one: the last wrapper, the mounting one.
    pub(crate) fn in_module(&self, module: &Module) -> Vec<App> {
        let mut apps: Vec<App> = Vec::new();
        let mut inner: BTreeSet<String> = BTreeSet::new();
        for (name, value, annotation) in module.assignments() {
            let Some(kind) = self
                .kind(module, value, &[], 0)
                .or_else(|| annotation.and_then(|note| annotated(module, note)))
            else {
                continue;
            };
            if let Expr::Call(call) = value {
                inner.extend(wrapped_names(call).filter(|wrapped| *wrapped != name).map(str::to_owned));
            }
            let name = name.to_owned();
            apps.retain(|app| app.name != name);
            let place = module.place(value);
            apps.push(App {
                file: module.path.clone(),
                name,
                factory: false,
                needs_arguments: false,
                kind,
                place,
            });
        }
        inner.extend(mounted_names(module));
        apps.retain(|app| !inner.contains(&app.name));
        if apps.is_empty() {
            apps.extend(module.functions().filter_map(|function| self.factory(module, function)));
        }
        apps
    }

    fn factory(&self, module: &Module, function: &StmtFunctionDef) -> Option<App> {
        let name = function.name.as_str();
        if !is_factory_name(name) || function.is_async {
            return None;
        }
        let kind = self.returned(module, function, 0)?;
        let parameters = &function.parameters;
        let needs_arguments = parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .chain(&parameters.kwonlyargs)
            .any(|parameter| parameter.default.is_none());
        let place = module.place(&function.name);
        Some(App {
            file: module.path.clone(),
            name: name.to_owned(),
            factory: true,
            needs_arguments,
            kind,
            place,
        })
    }

    /// What a function returns, by its annotation or by what it makes.
    fn returned(&self, module: &Module, function: &StmtFunctionDef, depth: u8) -> Option<Kind> {
        if let Some(kind) = function.returns.as_deref().and_then(|note| annotated(module, note)) {
            return Some(kind);
        }
        let body = flatten(&function.body);
        body.iter().rev().find_map(|statement| match statement {
            Stmt::Return(result) => self.kind(module, result.value.as_deref()?, &body, depth + 1),
            _ => None,
        })
    }

    /// What kind of application an expression is, seen in a function's body or, with an empty one, at module level.
    fn kind(&self, module: &Module, expr: &Expr, body: &[&Stmt], depth: u8) -> Option<Kind> {
        if depth > 6 {
            return None;
        }
        match expr {
            Expr::Call(call) => self.kind_of_call(module, call, body, depth),
            Expr::Name(name) if !body.is_empty() => {
                let assigned = body
                    .iter()
                    .rev()
                    .filter_map(|statement| super::module::assignment(statement))
                    .filter(|found| found.0 == name.id.as_str());
                assigned
                    .into_iter()
                    .find_map(|(_, value, note)| {
                        let own = matches!(value, Expr::Name(other) if other.id == name.id);
                        note.and_then(|note| annotated(module, note))
                            .or_else(|| if own { None } else { self.kind(module, value, body, depth + 1) })
                    })
                    .or_else(|| self.kind(module, expr, &[], depth + 1))
            }
            Expr::Name(name) => {
                let found = module
                    .assignments()
                    .into_iter()
                    .find(|found| found.0 == name.id.as_str() && !std::ptr::eq(found.1, expr));
                match found {
                    Some((_, value, note)) => note
                        .and_then(|note| annotated(module, note))
                        .or_else(|| self.kind(module, value, &[], depth + 1)),
                    None => self.imported(module.imports.get(name.id.as_str())?, depth),
                }
            }
            Expr::Attribute(attribute) if attribute.attr.as_str() == "server" => self
                .kind(module, &attribute.value, body, depth + 1)
                .map(|kind| Kind { interface: Interface::Wsgi, ..kind }),
            _ => None,
        }
    }

    fn kind_of_call(&self, module: &Module, call: &ExprCall, body: &[&Stmt], depth: u8) -> Option<Kind> {
        let callee = module.callee(call)?;
        if let Some(kind) = constructor(&callee) {
            return Some(kind);
        }
        if let Some(kind) = self.local(module, &callee, depth) {
            return Some(kind);
        }
        if let Some(wrapped) = wrapper_argument(&callee, call) {
            let kind = self.kind(module, wrapped, body, depth + 1)?;
            return Some(Kind { interface: Interface::Asgi, ..kind });
        }
        (callee == "socketio.ASGIApp").then_some(Kind { framework: None, interface: Interface::Asgi })
    }

    /// What calling a function or a class of this repository gives.
    fn local(&self, module: &Module, callee: &str, depth: u8) -> Option<Kind> {
        if !callee.contains('.') {
            return self.called(module, callee, depth);
        }
        let (file, name) = self.index.locate(&self.root, callee)?;
        let module = self.index.module(&file)?;
        self.called(&module, &name, depth)
    }

    fn called(&self, module: &Module, name: &str, depth: u8) -> Option<Kind> {
        if depth > 6 {
            return None;
        }
        module.top_level().into_iter().find_map(|statement| match statement {
            Stmt::FunctionDef(function) if function.name.as_str() == name => {
                self.returned(module, function, depth + 1)
            }
            Stmt::ClassDef(class) if class.name.as_str() == name => {
                let bases = class.arguments.as_ref()?;
                bases.args.iter().find_map(|base| {
                    let base = module.dotted(base)?;
                    constructor(&base).or_else(|| self.local(module, &base, depth + 1))
                })
            }
            _ => None,
        })
    }

    fn imported(&self, dotted: &str, depth: u8) -> Option<Kind> {
        let (file, name) = self.index.locate(&self.root, dotted)?;
        let module = self.index.module(&file)?;
        let (_, value, note) = module.assignments().into_iter().find(|found| found.0 == name)?;
        note.and_then(|note| annotated(&module, note)).or_else(|| self.kind(&module, value, &[], depth + 1))
    }
}

fn constructor(dotted: &str) -> Option<Kind> {
    CONSTRUCTORS
        .iter()
        .find(|(name, ..)| *name == dotted)
        .map(|(_, framework, interface)| Kind { framework: *framework, interface: *interface })
}

/// What an annotation says.
fn annotated(module: &Module, note: &Expr) -> Option<Kind> {
    match note {
        Expr::StringLiteral(text) => CONSTRUCTORS
            .iter()
            .find(|(name, ..)| name.rsplit('.').next() == Some(text.value.to_str()))
            .map(|(_, framework, interface)| Kind { framework: *framework, interface: *interface }),
        _ => constructor(&module.dotted(note)?),
    }
}

/// The application that a call wraps: `ASGIApp(sio, other_asgi_app=app)`, `CORSMiddleware(app, …)`.
fn wrapper_argument<'e>(callee: &str, call: &'e ExprCall) -> Option<&'e Expr> {
    let last = callee.rsplit('.').next().unwrap_or(callee);
    let arguments = &call.arguments;
    if last == "ASGIApp" {
        return arguments.find_argument_value("other_asgi_app", 1);
    }
    let wraps = last.contains("Middleware")
        || last.contains("Asgi")
        || last.contains("ASGI")
        || last == "ProxyFix"
        || last.ends_with("wrap");
    wraps.then(|| arguments.find_argument_value("app", 0)).flatten()
}

fn wrapped_names(call: &ExprCall) -> impl Iterator<Item = &str> {
    let named =
        call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
    named.filter_map(|argument| match argument {
        Expr::Name(name) => Some(name.id.as_str()),
        _ => None,
    })
}

/// Names that are mounted into another application: `app.mount("/api", api)`.
pub(crate) fn mounted_names(module: &Module) -> Vec<String> {
    let calls = module.top_level().into_iter().filter_map(|statement| match statement {
        Stmt::Expr(statement) => match &*statement.value {
            Expr::Call(call) => Some(call),
            _ => None,
        },
        _ => None,
    });
    calls
        .filter(
            |call| matches!(&*call.func, Expr::Attribute(attribute) if attribute.attr.as_str() == "mount"),
        )
        .filter_map(|call| match call.arguments.find_argument_value("app", 1)? {
            Expr::Name(name) => Some(name.id.to_string()),
            _ => None,
        })
        .collect()
}

/// The application objects of the repository with their import roots, each once: a factory that some module calls is that
/// module's object.
pub(crate) fn apps(context: &Context<'_>) -> Vec<(App, String)> {
    let index = context.index;
    let mut found: Vec<(App, String)> = Vec::new();
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    for file in index.marked(".", Marks::APP) {
        let Some(module) = index.module(file) else { continue };
        let root = context.import_root(file);
        let finder = Finder::new(index, &root);
        for app in finder.in_module(&module) {
            found.push((app, root.clone()));
        }
        used.extend(used_names(index, &root, &module));
    }
    found.retain(|(app, _)| !used.contains(&(app.file.clone(), app.name.clone())));
    found.sort_by(|a, b| (rank(&a.0), &a.0.file).cmp(&(rank(&b.0), &b.0.file)));
    found
}

/// Names of other modules that this one makes its own application of: factories it calls, applications it mounts or wraps.
fn used_names(index: &Index<'_>, root: &str, module: &Module) -> Vec<(String, String)> {
    let mut dotted: Vec<String> =
        mounted_names(module).iter().filter_map(|name| module.imports.get(name).cloned()).collect();
    for (_, value, _) in module.assignments() {
        let Expr::Call(call) = value else { continue };
        dotted.extend(wrapped_names(call).filter_map(|name| module.imports.get(name).cloned()));
        dotted.extend(module.callee(call));
    }
    dotted
        .iter()
        .filter_map(|dotted| index.locate(root, dotted))
        .filter(|found| found.0 != module.path)
        .collect()
}

/// Objects before factories, well-known file names before others, shallow before deep.
fn rank(app: &App) -> (bool, bool, usize, usize) {
    const NAMES: &[&str] = &[
        "main.py",
        "app.py",
        "server.py",
        "asgi.py",
        "wsgi.py",
        "api.py",
        "application.py",
        "run.py",
        "__init__.py",
        "__main__.py",
    ];
    let name = path::file_name(&app.file);
    let known = NAMES.iter().position(|known| *known == name).unwrap_or(NAMES.len());
    (is_beside(&app.file), app.factory, app.file.matches('/').count(), known)
}

/// Whether a module makes an application only to use it: a worker, a script that fills the database.
pub(crate) fn is_beside(file: &str) -> bool {
    const WORDS: &[&str] = &[
        "celery", "worker", "tasks", "seed", "seeds", "script", "scripts", "cron", "cli", "shell", "migrate",
        "populate", "demo", "debug", "dev", "old", "backup",
    ];
    let stem = path::file_name(file).trim_end_matches(".py");
    stem.split('_').any(|word| WORDS.contains(&word)) || file.split('/').any(|part| part == "scripts")
}
