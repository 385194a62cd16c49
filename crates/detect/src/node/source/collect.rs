//! Walks a syntax tree once and collects a [`Module`].

mod declare;
mod flag;
mod visit;

use super::reads::{self, Context, Contexts};
use super::value::{Reader, Value, key_text};
use super::{Call, Helper, Import, Module, NamedRead, is_variable_name, read_at};
use crate::env::{Demand, EnvRead};
use model::facts::{Phase, RequiredWhen};
use oxc_ast::ast::{Argument, BindingPattern, Expression, FormalParameters, ObjectPattern};
use oxc_span::Span;

/// Methods whose calls are kept.
const METHODS: &[&str] = &[
    "all",
    "basePath",
    "connectMicroservice",
    "consume",
    "create",
    "createMicroservice",
    "createServer",
    "each",
    "enableVersioning",
    "forRoot",
    "get",
    "getOrThrow",
    "group",
    "launch",
    "listen",
    "login",
    "process",
    "register",
    "registerQueue",
    "route",
    "run",
    "schedule",
    "sendFile",
    "serve",
    "setGlobalPrefix",
    "start",
    "static",
    "use",
    "useStaticAssets",
    "useBodyParser",
    "metrics",
    "registerAsync",
    "addMaxSizeValidator",
    "define",
    "every",
    "add",
    "set",
];

/// Functions and classes whose calls are kept.
const FUNCTIONS: &[&str] = &[
    "serve",
    "serveStatic",
    "sirv",
    "FileInterceptor",
    "FilesInterceptor",
    "AnyFilesInterceptor",
    "FileFieldsInterceptor",
    "MaxFileSizeValidator",
    "FastifyAdapter",
    "WebSocketGateway",
    "WebSocketServer",
    "upgradeWebSocket",
    "createServer",
    "startStandaloneServer",
    "Worker",
    "CronJob",
    "Client",
    "Bot",
    "Telegraf",
    "App",
    "Agenda",
    "createEnv",
    "listen",
    "Consumer",
    "NativeConnection",
    "Server",
];

/// Libraries whose calls are kept, whatever they are called locally.
const LIBRARIES: &[&str] = &[
    "express",
    "body-parser",
    "koa-body",
    "koa-bodyparser",
    "@koa/bodyparser",
    "@koa/multer",
    "multer",
    "formidable",
    "busboy",
    "express-fileupload",
    "fastify",
    "hono/body-limit",
    "express-prom-bundle",
    "express-prometheus-middleware",
    "prometheus-api-metrics",
    "prom-client",
];

/// Methods with many meanings, told by their first argument: `app.post('/orders', …)`, `server.on('upgrade', …)`.
fn is_telling(name: &str, arguments: &[Argument<'_>]) -> bool {
    let Some(Argument::StringLiteral(first)) = arguments.first() else { return false };
    match name {
        "post" | "put" | "patch" | "delete" | "del" => first.value.starts_with('/') && arguments.len() > 1,
        "ws" => first.value.starts_with('/'),
        "on" => first.value == "upgrade",
        _ => false,
    }
}

/// A function that is being walked.
#[derive(Debug, Default)]
struct Frame {
    name: Option<String>,
    parameter: Option<String>,
    /// The second parameter, which may be a default.
    second: Option<String>,
    reads_parameter: bool,
    falls_back: bool,
    ends: bool,
    checks: flag::Checks,
}

/// The walk.
pub(crate) struct Collector {
    module: Module,
    reader: Reader,
    contexts: Contexts,
    lines: Vec<u32>,
    first_line: u32,
    frames: Vec<Frame>,
    pending_name: Option<String>,
    lists: Vec<(Vec<String>, u32)>,
    reads_any: bool,
    /// What holds where the walk is.
    conditions: Vec<RequiredWhen>,
    /// The variables of loops over names, with the names.
    loops: Vec<(String, Vec<String>)>,
    guards: Vec<flag::Guard>,
    /// Calls that may be of a guard.
    guarded: Vec<(String, Vec<Value>, u32)>,
}

impl Collector {
    /// Starts a walk of `text`, which begins after `first_line` lines of its file.
    pub(crate) fn new(module: Module, text: &str, first_line: u32) -> Self {
        let lines =
            memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| u32::try_from(at).unwrap_or(u32::MAX));
        Self {
            module,
            reader: Reader::default(),
            contexts: Contexts::new(),
            lines: lines.collect(),
            first_line,
            frames: Vec::new(),
            pending_name: None,
            lists: Vec::new(),
            reads_any: false,
            conditions: Vec::new(),
            loops: Vec::new(),
            guards: Vec::new(),
            guarded: Vec::new(),
        }
    }

    /// What was collected.
    pub(crate) fn finish(mut self) -> Module {
        self.settle_guards();
        // `for (const name of ['A', 'B']) if (!process.env[name]) throw …`
        if self.reads_any {
            for (names, line) in std::mem::take(&mut self.lists) {
                for name in names {
                    let read = read_at(&self.module.path, &name, line);
                    self.module.reads.push(EnvRead { demand: Demand::Required, ..read });
                }
            }
        }
        self.module
    }

    fn line(&self, offset: u32) -> u32 {
        let before = self.lines.partition_point(|at| *at < offset);
        self.first_line + u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }

    fn read(&mut self, name: &str, start: u32, end: u32) {
        let context = self.contexts.remove(&(start, end)).unwrap_or_default();
        let mut read = read_at(&self.module.path, name, self.line(start));
        read.demand = context.demand.unwrap_or_else(|| reads::bare_demand(name));
        read.default = context.default;
        read.check = context.check;
        self.module.reads.push(read);
    }

    fn annotate(&mut self, expression: &Expression<'_>, context: &Context) {
        reads::annotate(&self.reader, &mut self.contexts, expression, context);
    }

    fn call(&mut self, callee: &Expression<'_>, arguments: &[Argument<'_>], span: Span, constructs: bool) {
        let name = match callee.get_inner_expression() {
            Expression::Identifier(name) => name.name.as_str(),
            Expression::StaticMemberExpression(member) => member.property.name.as_str(),
            _ => return,
        };
        let is_member = !matches!(callee.get_inner_expression(), Expression::Identifier(_));
        if matches!(arguments.first(), Some(Argument::StringLiteral(first)) if is_variable_name(&first.value))
        {
            self.named_read(callee, name, arguments, span);
        }
        if let ("registerAs", [Argument::StringLiteral(space), function, ..]) = (name, arguments)
            && let Some(settings) =
                function.as_expression().and_then(|function| self.reader.returned(function))
        {
            self.module.settings.insert(space.value.to_string(), settings);
        }
        if name == "EnvironmentPlugin" {
            self.built_in(arguments, span);
        }
        let known = METHODS.contains(&name) && is_member || FUNCTIONS.contains(&name);
        if known || is_member && is_telling(name, arguments) || self.is_of_library(callee) {
            let callee = self.reader.value(callee);
            let arguments = arguments.iter().map(|argument| self.reader.argument(argument)).collect();
            let line = self.line(span.start);
            self.module.calls.push(Call {
                callee,
                arguments,
                constructs,
                line,
                span: (span.start, span.end),
            });
        }
    }

    /// Webpack's `EnvironmentPlugin`: names, or names with what they are when nothing sets them. `null` is not needed,
    /// `undefined` is.
    fn built_in(&mut self, arguments: &[Argument<'_>], span: Span) {
        let given = arguments.first().map(|given| self.reader.argument(given));
        let names: Vec<(String, Demand, Option<String>)> = match given {
            Some(Value::List(items)) => items
                .iter()
                .filter_map(Value::as_text)
                .map(|name| (name.to_owned(), Demand::Required, None))
                .collect(),
            Some(Value::Object(items)) => items
                .into_iter()
                .map(|(name, default)| {
                    let needed = default == Value::Name("undefined".to_owned());
                    (name, if needed { Demand::Required } else { Demand::Optional }, default.as_default())
                })
                .collect(),
            _ => return,
        };
        for (name, demand, default) in names.into_iter().filter(|(name, ..)| is_variable_name(name)) {
            let read = read_at(&self.module.path, &name, self.line(span.start));
            self.module.reads.push(EnvRead { demand, default, phase: Phase::Build, ..read });
        }
    }

    /// Whether a call is one of a library whose calls are all kept.
    fn is_of_library(&self, callee: &Expression<'_>) -> bool {
        let root = match callee.get_inner_expression() {
            Expression::StaticMemberExpression(member) => member.object.get_inner_expression(),
            other => other,
        };
        let Expression::Identifier(name) = root else { return false };
        let import = self.module.imports.get(name.name.as_str());
        import.is_some_and(|import| LIBRARIES.contains(&import.source.as_str()))
    }

    fn named_read(
        &mut self,
        callee: &Expression<'_>,
        function: &str,
        arguments: &[Argument<'_>],
        span: Span,
    ) {
        let receiver = match callee.get_inner_expression() {
            Expression::StaticMemberExpression(member) => {
                Some(self.reader.value(&member.object).last_name().to_owned())
            }
            _ => None,
        };
        let mut values = arguments.iter().map(|argument| self.reader.argument(argument));
        let Some(Value::Text(name)) = values.next() else { return };
        let second = values.next();
        let default = second.as_ref().and_then(Value::as_default);
        let context = self.contexts.remove(&(span.start, span.end)).unwrap_or_default();
        let mut read = read_at(&self.module.path, &name, self.line(span.start));
        let falls_back =
            second.is_some_and(|value| !matches!(value, Value::Object(_) | Value::Boolean(true)));
        read.demand = if falls_back { Demand::Optional } else { context.demand.unwrap_or(Demand::Unknown) };
        read.default = default.filter(|_| falls_back).or(context.default);
        read.check = context.check;
        self.module.named_reads.push(NamedRead { function: function.to_owned(), receiver, read });
    }

    /// `const { A, B = 1 } = process.env`, `const { a } = require('x')`, `const { PORT } = config`.
    fn destructure(&mut self, pattern: &ObjectPattern<'_>, source: &Value) {
        for property in &pattern.properties {
            let Some(key) = key_text(&property.key).map(str::to_owned) else { continue };
            let (local, default) = match &property.value {
                BindingPattern::AssignmentPattern(with) => {
                    (binding_name(&with.left), Some(self.reader.value(&with.right)))
                }
                other => (binding_name(other), None),
            };
            let value = match source {
                Value::Environment => {
                    let mut read = read_at(&self.module.path, &key, self.line(property.span.start));
                    read.demand = if default.is_some() { Demand::Optional } else { reads::bare_demand(&key) };
                    read.default = default.as_ref().and_then(Value::as_default);
                    self.module.reads.push(read);
                    Value::Env(key)
                }
                Value::Module(source) => {
                    if let Some(local) = &local {
                        let import = Import { source: source.clone(), name: key.clone() };
                        self.note_environment(&import, local);
                        self.module.imports.entry(local.clone()).or_insert(import);
                    }
                    continue;
                }
                Value::Name(name) if name == "process" && key == "env" => Value::Environment,
                source => Value::Member(Box::new(source.clone()), key),
            };
            let Some(local) = local else { continue };
            if value == Value::Environment {
                self.reader.environments.insert(local.clone());
            }
            let value = match default {
                Some(default) => Value::Either(Box::new(value), Box::new(default)),
                None => value,
            };
            self.module.constants.entry(local).or_insert(value);
        }
    }

    /// Names that frameworks give the environment.
    fn note_environment(&mut self, import: &Import, local: &str) {
        let process = matches!(import.source.as_str(), "process" | "node:process") && import.name == "env";
        if process || import.source.starts_with("$env/dynamic/") {
            self.reader.environments.insert(local.to_owned());
        }
    }

    fn enter_function(&mut self, name: Option<String>, parameters: &FormalParameters<'_>) {
        let nth = |at: usize| parameters.items.get(at).and_then(|item| binding_name(&item.pattern));
        let all = parameters.items.iter().map(|item| binding_name(&item.pattern).unwrap_or_default());
        let checks = flag::Checks::new(all.collect());
        self.frames.push(Frame { name, parameter: nth(0), second: nth(1), checks, ..Frame::default() });
    }

    /// Notes that the current function may come out with `value`.
    fn note_outcome(&mut self, value: &Expression<'_>) {
        if let Expression::Identifier(name) = value.get_inner_expression()
            && let Some(frame) = self.frames.last_mut()
        {
            frame.falls_back |= frame.second.as_deref() == Some(name.name.as_str());
        }
    }

    fn leave_function(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        self.note_guard(frame.name.as_deref(), frame.checks);
        if let (Some(name), true) = (frame.name, frame.reads_parameter) {
            let demand = if frame.ends { Demand::Required } else { Demand::Unknown };
            self.module.helpers.push(Helper { name, demand, falls_back: frame.falls_back });
        }
    }

    /// Keeps the settings that an exported function makes: `export default () => ({ port: process.env.PORT })`.
    fn keep_settings(&mut self, settings: Option<Value>) {
        if let Some(settings @ Value::Object(_)) = settings {
            self.module.settings.entry(String::new()).or_insert(settings);
        }
    }

    fn export(&mut self, name: &str, value: Value) {
        self.module.exports.entry(name.to_owned()).or_insert(value);
    }
}

fn binding_name(pattern: &BindingPattern<'_>) -> Option<String> {
    match pattern {
        BindingPattern::BindingIdentifier(name) => Some(name.name.to_string()),
        BindingPattern::AssignmentPattern(with) => binding_name(&with.left),
        BindingPattern::ObjectPattern(_) | BindingPattern::ArrayPattern(_) => None,
    }
}
