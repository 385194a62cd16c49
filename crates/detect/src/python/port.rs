//! Where a Python web service listens by its own code.

use super::deployable::Deployable;
use super::index::{Index, Marks};
use super::module::{Module, literal};
use super::program::for_production;
use super::routes::text;
use crate::env::EnvRead;
use crate::launch::{Launch, Run};
use model::facts::{Framework, PortFact};
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr};
use rustpython_ruff_python_ast::{Expr, ExprCall};

/// Variables that say where a web service listens, the likeliest first.
const NAMES: &[&str] = &[
    "PORT",
    "APP_PORT",
    "SERVER_PORT",
    "API_PORT",
    "HTTP_PORT",
    "BACKEND_PORT",
    "UVICORN_PORT",
    "WEB_PORT",
    "SERVICE_PORT",
    "LISTEN_PORT",
    "FLASK_PORT",
    "FLASK_RUN_PORT",
    "FASTAPI_PORT",
];

/// The port of a service: what its command says, else what its code says, else what its framework does.
pub(crate) fn of(
    index: &Index<'_>,
    service: &Deployable,
    all: &[Deployable],
    env: &[EnvRead],
) -> Option<PortFact> {
    let (folder, framework) = (service.folder.as_str(), service.framework);
    let stated = service.port.clone().unwrap_or(PortFact { number: None, env: None });
    let mut calls = (None, None);
    // Its own program first; those of others listen for themselves.
    let mut files = index.marked(folder, Marks::PROGRAM);
    files.retain(|file| *file == service.file || all.iter().all(|other| other.file != *file));
    files.sort_by_key(|file| *file != service.file);
    for file in files {
        let Some(module) = index.module(file) else { continue };
        let mut finder = Runs { index, root: folder, module: &module, number: None, env: None };
        finder.visit_body(&module.body);
        calls = (calls.0.or(finder.number), calls.1.or(finder.env));
    }
    let read = NAMES.iter().find_map(|name| env.iter().find(|read| read.name == *name));
    let from_env = read.and_then(|read| read.default.as_deref()?.parse().ok());
    let number = stated.number.or(calls.0).or(from_env).or_else(|| usual(framework));
    let env = stated.env.or(calls.1).or_else(|| read.map(|read| read.name.clone()));
    Some(PortFact { number, env })
}

/// The port that one of the launches of a service names, the first of those that say most about production.
pub(crate) fn stated(launched: &[(&Launch, &Run)]) -> Option<u16> {
    launched.iter().find_map(|(launch, run)| for_production(&run.words).1.or(launch.port))
}

/// Where a framework's servers listen when nothing is said.
const fn usual(framework: Option<Framework>) -> Option<u16> {
    match framework {
        Some(Framework::Flask | Framework::Quart) => Some(5000),
        Some(Framework::Aiohttp) => Some(8080),
        Some(Framework::Tornado) => Some(8888),
        Some(Framework::Streamlit) => Some(8501),
        Some(Framework::Gradio) => Some(7860),
        _ => Some(8000),
    }
}

/// The port that `uvicorn.run(app, port=…)`, `app.run(port=…)` and `web.run_app(app, port=…)` are given.
struct Runs<'m> {
    index: &'m Index<'m>,
    root: &'m str,
    module: &'m Module,
    number: Option<u16>,
    env: Option<String>,
}

impl Runs<'_> {
    fn note(&mut self, value: &Expr) {
        self.number = self
            .number
            .or_else(|| text(self.index, self.root, self.module, value).and_then(|text| text.parse().ok()));
        let mut reads = PortRead { module: self.module, name: None, default: None };
        reads.visit_expr(value);
        if let Expr::Name(name) = value
            && let Some((_, assigned, _)) =
                self.module.assignments().into_iter().find(|found| found.0 == name.id.as_str())
        {
            reads.visit_expr(assigned);
        }
        self.env = self.env.take().or(reads.name);
        self.number = self.number.or(reads.default);
    }
}

impl<'a> Visitor<'a> for Runs<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && runs(self.module, call)
            && let Some(port) = call.arguments.find_keyword("port")
        {
            self.note(&port.value);
        }
        walk_expr(self, expr);
    }
}

/// `package.module:object` that a program gives to a server: `uvicorn.run("app.main:app")`.
pub(crate) fn served_target(module: &Module) -> Option<String> {
    struct Targets<'m> {
        module: &'m Module,
        found: Option<String>,
    }
    impl<'a> Visitor<'a> for Targets<'_> {
        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Call(call) = expr
                && self.module.callee(call).is_some_and(|callee| {
                    matches!(callee.as_str(), "uvicorn.run" | "uvicorn.Config" | "granian.Granian")
                })
                && self.found.is_none()
            {
                let target = call
                    .arguments
                    .find_argument_value("app", 0)
                    .and_then(|target| self.module.text_of(target));
                self.found = target.filter(|target| target.contains(':'));
            }
            walk_expr(self, expr);
        }
    }
    let mut targets = Targets { module, found: None };
    targets.visit_body(&module.body);
    targets.found
}

fn runs(module: &Module, call: &ExprCall) -> bool {
    let Some(callee) = module.callee(call) else { return false };
    matches!(
        callee.as_str(),
        "uvicorn.run" | "uvicorn.Config" | "aiohttp.web.run_app" | "waitress.serve" | "aiohttp.web.TCPSite"
    ) || (callee.rsplit('.').next() == Some("run") && call.arguments.find_keyword("port").is_some())
}

/// `os.environ.get("PORT", 8000)` inside an expression.
struct PortRead<'m> {
    module: &'m Module,
    name: Option<String>,
    default: Option<u16>,
}

impl<'a> Visitor<'a> for PortRead<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call)
                if matches!(self.module.callee(call).as_deref(), Some("os.getenv" | "os.environ.get")) =>
            {
                self.name = call.arguments.find_positional(0).and_then(literal);
                self.default =
                    call.arguments.find_positional(1).and_then(literal).and_then(|text| text.parse().ok());
            }
            Expr::Subscript(subscript)
                if self.module.dotted(&subscript.value).as_deref() == Some("os.environ") =>
            {
                self.name = literal(&subscript.slice)
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}
