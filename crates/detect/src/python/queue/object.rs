//! The objects that make a module part of a queue.

use crate::path;
use crate::python::deployable::Context;
use crate::python::index::Marks;
use crate::python::module::{Module, literal};
use model::Place;
use model::facts::Framework;
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr};
use rustpython_ruff_python_ast::{Expr, ExprCall, Stmt};

pub(super) fn place_of(module: &Module, name: &str) -> Place {
    let found =
        module.assignments().into_iter().find(|found| found.0 == name).map(|found| module.place(found.1));
    found.unwrap_or_else(|| Place::new(&module.path, 1))
}

pub(super) fn target(framework: Framework, dotted: &str, name: &str) -> String {
    match framework {
        // Celery finds `celery.py` of a package and objects named `app` or `celery` by itself.
        Framework::Celery if matches!(name, "app" | "celery") => {
            dotted.strip_suffix(".celery").unwrap_or(dotted).to_owned()
        }
        Framework::Celery | Framework::Taskiq => format!("{dotted}:{name}"),
        Framework::Rq => name.to_owned(),
        Framework::Dramatiq => dotted.to_owned(),
        _ => format!("{dotted}.{name}"),
    }
}

/// What a module makes for a queue.
pub(super) struct Made {
    /// Whose queue.
    pub(super) framework: Framework,
    /// The name of its object; for RQ the queue's own.
    pub(super) name: String,
    /// The name of the scheduler's object, where there is one.
    pub(super) clock: Option<String>,
}

/// The queue that a module makes.
pub(super) fn made_in(module: &Module) -> Option<Made> {
    let (framework, name) = queue_of(module).or_else(|| rq(module))?;
    let clock = (framework == Framework::Taskiq).then(|| {
        let made = module.assignments().into_iter().find(|(_, value, _)| {
            innermost(module, value).is_some_and(|callee| callee.ends_with("TaskiqScheduler"))
        });
        made.map(|(name, ..)| name.to_owned())
    });
    Some(Made { framework, name, clock: clock.flatten() })
}

fn queue_of(module: &Module) -> Option<(Framework, String)> {
    for statement in module.top_level() {
        if let Stmt::ClassDef(class) = statement
            && class.name.contains("WorkerSettings")
            && module.text.contains("arq")
        {
            return Some((Framework::Arq, class.name.to_string()));
        }
        if let Stmt::FunctionDef(function) = statement
            && function.decorator_list.iter().any(|decorator| {
                let called = match &decorator.expression {
                    Expr::Call(call) => &call.func,
                    other => other,
                };
                module.dotted(called).as_deref() == Some("dramatiq.actor")
            })
        {
            return Some((Framework::Dramatiq, String::new()));
        }
    }
    for (name, value, annotation) in module.assignments() {
        let dotted = match value {
            Expr::Call(call) => module.callee(call).unwrap_or_default(),
            // `celery_app = flask_app.extensions["celery"]`.
            Expr::Subscript(subscript) if literal(&subscript.slice).as_deref() == Some("celery") => {
                "celery.Celery".to_owned()
            }
            _ => String::new(),
        };
        let stated = annotation.and_then(|note| module.dotted(note)).unwrap_or_default();
        let is = |wanted: &str| dotted == wanted || stated == wanted;
        let last = dotted.rsplit('.').next().unwrap_or_default();
        if is("celery.Celery")
            || is("celery.app.base.Celery")
            || (last.contains("celery")
                && (last.starts_with("make") || last.starts_with("create") || last.contains("init")))
        {
            return Some((Framework::Celery, name.to_owned()));
        }
        if dotted.starts_with("huey.") && dotted.ends_with("Huey") {
            return Some((Framework::Huey, name.to_owned()));
        }
        let broker = innermost(module, value).filter(|callee| callee.starts_with("taskiq"));
        if broker.is_some_and(|callee| callee.ends_with("Broker") && !callee.ends_with("InMemoryBroker")) {
            return Some((Framework::Taskiq, name.to_owned()));
        }
    }
    None
}

/// The dotted name of what is called first in `Broker(…).with_result_backend(…)`.
fn innermost(module: &Module, value: &Expr) -> Option<String> {
    let Expr::Call(call) = value else { return None };
    match &*call.func {
        Expr::Attribute(attribute) if attribute.value.is_call_expr() => innermost(module, &attribute.value),
        _ => module.callee(call),
    }
}

/// A module that makes an RQ queue, or that is a worker of its own.
fn rq(module: &Module) -> Option<(Framework, String)> {
    if works(module) {
        return Some((Framework::Rq, String::new()));
    }
    let mut calls = QueueCalls { module, found: None };
    calls.visit_body(&module.body);
    calls.found.map(|name| (Framework::Rq, name))
}

/// Whether a module is a program that works off RQ's queues.
fn works(module: &Module) -> bool {
    module.text.contains(".work(")
        && module.imports.values().any(|dotted| matches!(dotted.as_str(), "rq.Worker" | "rq.worker.Worker"))
}

/// The name in `rq.Queue("name", connection=…)`.
struct QueueCalls<'m> {
    module: &'m Module,
    found: Option<String>,
}

impl QueueCalls<'_> {
    fn name(call: &ExprCall) -> String {
        let name = call.arguments.find_argument_value("name", 0).and_then(literal);
        name.unwrap_or_else(|| "default".to_owned())
    }
}

impl<'a> Visitor<'a> for QueueCalls<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && self.module.callee(call).as_deref() == Some("rq.Queue")
        {
            self.found.get_or_insert_with(|| Self::name(call));
        }
        walk_expr(self, expr);
    }
}

/// The command of an RQ worker: the author's own program, else RQ's with the address that the code connects to.
pub(super) fn rq_command(context: &Context<'_>, file: &str, root: &str, queue: &str) -> String {
    if queue.is_empty() {
        return format!("python {}", path::relative(file, root).unwrap_or(file));
    }
    let text = context.index.module(file).map(|module| module.text.clone()).unwrap_or_default();
    let stated = ["host='", "host=\""].iter().find_map(|mark| {
        let rest = text.split_once(&format!("Redis({mark}"))?.1;
        rest.split(['\'', '"']).next().map(str::to_owned)
    });
    let reads = context.index.marked(root, Marks::ENV).into_iter().any(|file| {
        let text = context.index.repository.text(file).unwrap_or_default();
        memchr::memmem::find(text.as_bytes(), b"REDIS_URL").is_some()
    });
    let address = match stated {
        _ if reads => " --url $REDIS_URL".to_owned(),
        Some(host) => format!(" --url redis://{host}:6379"),
        None => String::new(),
    };
    let named = if queue == "default" { String::new() } else { format!(" {queue}") };
    format!("rq worker{address}{named}")
}
