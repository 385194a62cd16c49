//! Walks a syntax tree once and collects a [`Module`].

use super::reads::{self, Context, Contexts};
use super::schema::Declared;
use super::value::{Reader, Value, key_text};
use super::{Call, Helper, Import, Module, NamedRead, class, is_variable_name, read_at, schema};
use crate::env::{Demand, EnvRead};
use model::facts::Phase;
use oxc_ast::ast::{
    ArrowFunctionExpression, AssignmentExpression, AssignmentTarget, BindingPattern, CallExpression, Class,
    ComputedMemberExpression, ConditionalExpression, ExportAllDeclaration, ExportDefaultDeclaration,
    ExportDefaultDeclarationKind, ExportFromDeclaration, ExportNamedDeclaration, Expression,
    FormalParameters, Function, IfStatement, ImportDeclaration, ImportDeclarationSpecifier,
    LogicalExpression, LogicalOperator, NewExpression, ObjectExpression, ObjectPattern, ObjectProperty,
    StaticMemberExpression, TSNonNullExpression, ThrowStatement, UnaryExpression, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::GetSpan;
use oxc_syntax::scope::ScopeFlags;

/// Methods whose calls are kept.
const METHODS: &[&str] = &[
    "all",
    "basePath",
    "connectMicroservice",
    "consume",
    "createMicroservice",
    "createServer",
    "each",
    "enableVersioning",
    "forRoot",
    "get",
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
    "serve",
    "setGlobalPrefix",
    "start",
    "use",
    "define",
    "every",
    "add",
    "set",
];

/// Functions and classes whose calls are kept.
const FUNCTIONS: &[&str] = &[
    "serve",
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

/// A function that is being walked.
#[derive(Debug, Default)]
struct Frame {
    name: Option<String>,
    parameter: Option<String>,
    reads_parameter: bool,
    ends: bool,
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
        }
    }

    /// What was collected.
    pub(crate) fn finish(mut self) -> Module {
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

    fn declare(&mut self, declared: Vec<Declared>) {
        for item in declared {
            let read = read_at(&self.module.path, &item.key, self.line(item.offset));
            self.module.reads.push(EnvRead {
                demand: item.demand,
                default: item.default,
                check: item.check,
                ..read
            });
        }
    }

    fn annotate(&mut self, expression: &Expression<'_>, context: &Context) {
        reads::annotate(&self.reader, &mut self.contexts, expression, context);
    }

    fn call(
        &mut self,
        callee: &Expression<'_>,
        arguments: &[oxc_ast::ast::Argument<'_>],
        constructs: bool,
        start: u32,
    ) {
        let name = match callee.get_inner_expression() {
            Expression::Identifier(name) => name.name.as_str(),
            Expression::StaticMemberExpression(member) => member.property.name.as_str(),
            _ => return,
        };
        let is_member = !matches!(callee.get_inner_expression(), Expression::Identifier(_));
        if let Some(oxc_ast::ast::Argument::StringLiteral(first)) = arguments.first()
            && is_variable_name(&first.value)
        {
            self.named_read(callee, name, &first.value, arguments, start);
        }
        if METHODS.contains(&name) && is_member || FUNCTIONS.contains(&name) {
            let callee = self.reader.value(callee);
            let arguments = arguments.iter().map(|argument| self.reader.argument(argument)).collect();
            let line = self.line(start);
            self.module.calls.push(Call { callee, arguments, constructs, line });
        }
    }

    fn named_read(
        &mut self,
        callee: &Expression<'_>,
        function: &str,
        name: &str,
        arguments: &[oxc_ast::ast::Argument<'_>],
        start: u32,
    ) {
        let receiver = match callee.get_inner_expression() {
            Expression::StaticMemberExpression(member) => {
                Some(self.reader.value(&member.object).last_name().to_owned())
            }
            _ => None,
        };
        let second = arguments.get(1).map(|argument| self.reader.argument(argument));
        let default = second.as_ref().and_then(Value::as_default);
        let context = self
            .contexts
            .remove(&(start, arguments.first().map_or(start, |first| first.span().end)))
            .unwrap_or_default();
        let mut read = read_at(&self.module.path, name, self.line(start));
        let falls_back =
            second.is_some_and(|value| !matches!(value, Value::Object(_) | Value::Boolean(true)));
        read.demand = if falls_back { Demand::Optional } else { context.demand.unwrap_or(Demand::Unknown) };
        read.default = default.filter(|_| falls_back).or(context.default);
        self.module.named_reads.push(NamedRead { function: function.to_owned(), receiver, read });
    }

    /// `const { A, B = 1 } = process.env`, `const { a } = require('x')`, `const { PORT } = config`.
    fn destructure(&mut self, pattern: &ObjectPattern<'_>, source: &Value) {
        for property in &pattern.properties {
            let Some(key) = key_text(&property.key) else { continue };
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
        let parameter = parameters.items.first().and_then(|parameter| binding_name(&parameter.pattern));
        self.frames.push(Frame { name, parameter, ..Frame::default() });
    }

    fn leave_function(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        if let (Some(name), true) = (frame.name, frame.reads_parameter) {
            let demand = if frame.ends { Demand::Required } else { Demand::Unknown };
            self.module.helpers.push(Helper { name, demand });
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

impl<'a> Visit<'a> for Collector {
    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        let source = import.source.value.to_string();
        if import.import_kind.is_type() {
            return;
        }
        self.module.sources.push(source.clone());
        for specifier in import.specifiers.iter().flatten() {
            let (local, name) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(one) => {
                    (one.local.name.to_string(), one.imported.name().to_string())
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(one) => {
                    (one.local.name.to_string(), "default".to_owned())
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(one) => {
                    (one.local.name.to_string(), "*".to_owned())
                }
            };
            if let Some(kind) = source.strip_prefix("$env/static/") {
                let mut read = read_at(&self.module.path, &name, self.line(specifier.span().start));
                read.demand = Demand::Required;
                read.phase = Phase::Build;
                if kind == "private" || kind == "public" {
                    self.module.reads.push(read);
                }
            }
            let import = Import { source: source.clone(), name };
            self.note_environment(&import, &local);
            self.module.imports.insert(local, import);
        }
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'a>) {
        self.module.sources.push(export.source.value.to_string());
        self.module.stars.push(export.source.value.to_string());
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'a>) {
        self.module.sources.push(export.source.value.to_string());
        for specifier in &export.specifiers {
            // Kept under a name that no program can use.
            let local = format!("from {} {}", export.source.value, specifier.local.name());
            let import =
                Import { source: export.source.value.to_string(), name: specifier.local.name().to_string() };
            self.module.imports.insert(local.clone(), import);
            self.export(&specifier.exported.name(), Value::Name(local));
        }
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'a>) {
        for specifier in &export.specifiers {
            self.export(&specifier.exported.name(), Value::Name(specifier.local.name().to_string()));
        }
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'a>) {
        let value = match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                function.id.as_ref().map_or(Value::Function, |id| Value::Name(id.name.to_string()))
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                class.id.as_ref().map_or(Value::Unknown, |id| Value::Name(id.name.to_string()))
            }
            other => other.as_expression().map_or(Value::Unknown, |value| self.reader.value(value)),
        };
        self.export("default", value);
        walk::walk_export_default_declaration(self, export);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        let value = self.reader.value(&assignment.right);
        let mut written = None;
        match &assignment.left {
            AssignmentTarget::StaticMemberExpression(member) => {
                let name = member.property.name.as_str();
                match &member.object {
                    Expression::Identifier(object) if object.name == "module" && name == "exports" => {
                        self.export("default", value);
                    }
                    Expression::Identifier(object) if object.name == "exports" => self.export(name, value),
                    Expression::StaticMemberExpression(outer)
                        if outer.property.name == "exports"
                            && matches!(&outer.object, Expression::Identifier(id) if id.name == "module") =>
                    {
                        self.export(name, value);
                    }
                    object if self.reader.is_environment(object) => {
                        written = Some((name.to_owned(), member.span.start));
                    }
                    _ => {}
                }
            }
            AssignmentTarget::AssignmentTargetIdentifier(name) => {
                let known = self.module.constants.entry(name.name.to_string()).or_insert(Value::Unknown);
                if *known == Value::Unknown {
                    *known = value;
                }
            }
            _ => {}
        }
        match written {
            // `process.env.X ||= 'd'` reads; `process.env.X = 'd'` does not.
            Some((name, start)) => {
                if assignment.operator.is_logical() {
                    let mut read = read_at(&self.module.path, &name, self.line(start));
                    read.demand = Demand::Optional;
                    read.default = self.reader.value(&assignment.right).as_default();
                    self.module.reads.push(read);
                }
            }
            None => self.visit_assignment_target(&assignment.left),
        }
        self.visit_expression(&assignment.right);
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        if let Some(init) = &declarator.init {
            let value = self.reader.value(init);
            match &declarator.id {
                BindingPattern::BindingIdentifier(name) => {
                    let name = name.name.to_string();
                    match &value {
                        Value::Environment => {
                            self.reader.environments.insert(name.clone());
                        }
                        Value::Module(source) => {
                            let import = Import { source: source.clone(), name: "*".to_owned() };
                            self.module.imports.entry(name.clone()).or_insert(import);
                        }
                        Value::Function => self.pending_name = Some(name.clone()),
                        Value::List(items) => {
                            let names: Option<Vec<String>> = items
                                .iter()
                                .map(|item| item.as_text().filter(|t| is_variable_name(t)).map(str::to_owned))
                                .collect();
                            if let Some(names) = names.filter(|names| !names.is_empty()) {
                                self.lists.push((names, self.line(declarator.span.start)));
                            }
                        }
                        _ => {}
                    }
                    self.module.constants.entry(name).or_insert(value);
                }
                BindingPattern::ObjectPattern(pattern) => self.destructure(pattern, &value),
                BindingPattern::ArrayPattern(_) | BindingPattern::AssignmentPattern(_) => {}
            }
        }
        walk::walk_variable_declarator(self, declarator);
        self.pending_name = None;
    }

    fn visit_logical_expression(&mut self, either: &LogicalExpression<'a>) {
        if either.operator == LogicalOperator::And {
            reads::annotate_test(&self.reader, &mut self.contexts, &either.left, Demand::Optional);
        } else {
            let default = self.reader.value(&either.right);
            let ends = matches!(either.right.get_inner_expression(), Expression::CallExpression(call) if reads::is_exit(&call.callee));
            let demand = if ends { Demand::Required } else { Demand::Optional };
            // The empty text is no value that anything could work with.
            let default = default.as_default();
            let context = match default.as_deref() {
                Some("") => Context::default(),
                _ => Context { demand: Some(demand), default, check: None },
            };
            self.annotate(&either.left, &context);
        }
        walk::walk_logical_expression(self, either);
    }

    fn visit_conditional_expression(&mut self, either: &ConditionalExpression<'a>) {
        reads::annotate_test(&self.reader, &mut self.contexts, &either.test, Demand::Optional);
        if let Some(name) = self.reader.env_name(&either.test) {
            // `process.env.X ? Number(process.env.X) : 3000`
            let inside = self.reader.value(&either.consequent) == Value::Env(name);
            let default = self.reader.value(&either.alternate).as_default().filter(|_| inside);
            self.annotate(
                &either.consequent,
                &Context { demand: Some(Demand::Optional), default, check: None },
            );
        }
        walk::walk_conditional_expression(self, either);
    }

    fn visit_if_statement(&mut self, branch: &IfStatement<'a>) {
        let ends = reads::ends(&branch.consequent);
        let mut gone = Vec::new();
        reads::missing(&branch.test, &mut gone);
        if ends {
            for expression in &gone {
                self.annotate(expression, &Context { demand: Some(Demand::Required), ..Context::default() });
                if let Expression::Identifier(name) = expression.get_inner_expression()
                    && let Some(Value::Env(variable)) = self.module.constants.get(name.name.as_str()).cloned()
                {
                    let read = read_at(&self.module.path, &variable, self.line(branch.span.start));
                    self.module.reads.push(EnvRead { demand: Demand::Required, ..read });
                }
            }
        } else {
            reads::annotate_test(&self.reader, &mut self.contexts, &branch.test, Demand::Optional);
        }
        walk::walk_if_statement(self, branch);
    }

    fn visit_unary_expression(&mut self, unary: &UnaryExpression<'a>) {
        if unary.operator.is_not() {
            reads::annotate_test(&self.reader, &mut self.contexts, &unary.argument, Demand::Unknown);
        }
        walk::walk_unary_expression(self, unary);
    }

    fn visit_ts_non_null_expression(&mut self, assertion: &TSNonNullExpression<'a>) {
        let context = Context { demand: Some(Demand::Assumed), ..Context::default() };
        self.annotate(&assertion.expression, &context);
        walk::walk_ts_non_null_expression(self, assertion);
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        if self.reader.is_environment(&member.object) {
            let name = member.property.name.to_string();
            self.read(&name, member.span.start, member.span.end);
            return;
        }
        walk::walk_static_member_expression(self, member);
    }

    fn visit_computed_member_expression(&mut self, member: &ComputedMemberExpression<'a>) {
        if self.reader.is_environment(&member.object) {
            match &member.expression {
                Expression::StringLiteral(name) => {
                    let name = name.value.to_string();
                    self.read(&name, member.span.start, member.span.end);
                }
                Expression::Identifier(name) => {
                    self.reads_any = true;
                    let reading = self
                        .frames
                        .iter_mut()
                        .rev()
                        .find(|f| f.parameter.as_deref() == Some(name.name.as_str()));
                    if let Some(frame) = reading {
                        frame.reads_parameter = true;
                    }
                }
                other => self.visit_expression(other),
            }
            return;
        }
        walk::walk_computed_member_expression(self, member);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if let (Expression::StaticMemberExpression(get), Some(first)) = (&call.callee, call.arguments.first())
            && get.property.name == "get"
            && self.reader.env_name_of_call(call)
            && let Value::Text(name) = self.reader.argument(first)
        {
            self.read(&name, call.span.start, call.span.end);
            return;
        }
        if let (Expression::Identifier(name), Some(oxc_ast::ast::Argument::StringLiteral(source))) =
            (&call.callee, call.arguments.first())
            && name.name == "require"
        {
            self.module.sources.push(source.value.to_string());
        }
        if reads::is_exit(&call.callee)
            && let Some(frame) = self.frames.last_mut()
        {
            frame.ends = true;
        }
        self.call(&call.callee, &call.arguments, false, call.span.start);
        walk::walk_call_expression(self, call);
    }

    fn visit_import_expression(&mut self, import: &oxc_ast::ast::ImportExpression<'a>) {
        if let Expression::StringLiteral(source) = &import.source {
            self.module.sources.push(source.value.to_string());
        }
        walk::walk_import_expression(self, import);
    }

    fn visit_new_expression(&mut self, call: &NewExpression<'a>) {
        self.call(&call.callee, &call.arguments, true, call.span.start);
        walk::walk_new_expression(self, call);
    }

    fn visit_throw_statement(&mut self, throw: &ThrowStatement<'a>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.ends = true;
        }
        walk::walk_throw_statement(self, throw);
    }

    fn visit_object_expression(&mut self, object: &ObjectExpression<'a>) {
        let mut declared = schema::declared(&self.reader, object);
        declared.retain(|item| is_variable_name(&item.key));
        declared.extend(schema::described(&self.reader, object));
        self.declare(declared);
        walk::walk_object_expression(self, object);
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'a>) {
        if property.method || self.reader.value(&property.value) == Value::Function {
            self.pending_name = key_text(&property.key);
        }
        walk::walk_object_property(self, property);
        self.pending_name = None;
    }

    fn visit_class(&mut self, class: &Class<'a>) {
        self.module.controllers.extend(class::controller(&self.reader, class));
        let declared = class::declared(&self.reader, class);
        self.declare(declared);
        walk::walk_class(self, class);
    }

    fn visit_method_definition(&mut self, method: &oxc_ast::ast::MethodDefinition<'a>) {
        self.pending_name = key_text(&method.key);
        walk::walk_method_definition(self, method);
        self.pending_name = None;
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        let name = function.id.as_ref().map(|id| id.name.to_string()).or_else(|| self.pending_name.take());
        self.enter_function(name, &function.params);
        walk::walk_function(self, function, flags);
        self.leave_function();
    }

    fn visit_arrow_function_expression(&mut self, function: &ArrowFunctionExpression<'a>) {
        let name = self.pending_name.take();
        self.enter_function(name, &function.params);
        walk::walk_arrow_function_expression(self, function);
        self.leave_function();
    }
}
